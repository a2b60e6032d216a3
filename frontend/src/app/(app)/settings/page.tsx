import type { Metadata } from "next";
import { DeleteAccount } from "@/components/settings/delete-account";
import { PasswordForm } from "@/components/settings/password-form";
import { ProfileForm } from "@/components/settings/profile-form";
import { Section } from "@/components/settings/section";
import { Sessions } from "@/components/settings/sessions";
import { requireSession } from "@/lib/session";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage() {
  const { user } = await requireSession("/settings");
  return (
    <div className="mx-auto grid max-w-3xl gap-5 px-4 py-8 sm:px-6 sm:py-10">
      <h1 className="mb-1 font-semibold text-2xl">Settings</h1>
      <Section title="Profile" about={`Signed in as ${user.email}.`}>
        <ProfileForm name={user.name} />
      </Section>
      <Section title="Password" about="Changing it signs out every other device.">
        <PasswordForm email={user.email} />
      </Section>
      <Section title="Sessions" about="Leave this device, or every device you are signed in on.">
        <Sessions />
      </Section>
      <Section
        title="Delete account"
        about="Deletes your account with all its tasks and conversations."
        danger
      >
        <DeleteAccount email={user.email} />
      </Section>
    </div>
  );
}
