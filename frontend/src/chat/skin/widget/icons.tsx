import {
  Bell,
  Calendar,
  Check,
  Circle,
  CircleCheck,
  CircleX,
  Clock,
  Info,
  type LucideIcon,
  NotebookText,
  Pencil,
  Plus,
  RotateCcw,
  Search,
  Sparkle,
  Star,
  Trash2,
  TriangleAlert,
  X,
  Zap,
} from "lucide-react";

/** The names of the protocol, and those of this icon set, that are worth a picture here. */
const ICONS: Record<string, LucideIcon> = {
  bell: Bell,
  bolt: Zap,
  calendar: Calendar,
  check: Check,
  "check-circle": CircleCheck,
  "check-circle-filled": CircleCheck,
  clock: Clock,
  close: X,
  "empty-circle": Circle,
  info: Info,
  notebook: NotebookText,
  plus: Plus,
  reload: RotateCcw,
  search: Search,
  sparkle: Sparkle,
  star: Star,
  write: Pencil,
  "lucide:circle-x": CircleX,
  "lucide:trash-2": Trash2,
  "lucide:triangle-alert": TriangleAlert,
};

export function hasIcon(name: string | undefined): boolean {
  return name !== undefined && name in ICONS;
}

export function WidgetIcon({ name, className = "size-4" }: { name: string | undefined; className?: string }) {
  const Icon = name === undefined ? undefined : ICONS[name];
  return Icon ? <Icon aria-hidden="true" className={`shrink-0 ${className}`} /> : null;
}
