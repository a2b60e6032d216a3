"use client";

import { useEffect } from "react";
import { onIdentityChange } from "@/lib/auth-client";

/** Loads this tab anew when another one signed somebody in or out, so that no tab shows the wrong person's tasks. */
export function IdentityWatch() {
  useEffect(() => onIdentityChange(() => window.location.reload()), []);
  return null;
}
