import type { Metadata } from "next";
import { cookies } from "next/headers";
import { Access } from "@/components/settings/access";
import { ChatChoice } from "@/components/settings/chat-choice";
import { Conversations } from "@/components/settings/conversations";
import { DeleteAccount } from "@/components/settings/delete-account";
import { PasswordForm } from "@/components/settings/password-form";
import { ProfileForm } from "@/components/settings/profile-form";
import { Section } from "@/components/settings/section";
import { Sessions } from "@/components/settings/sessions";
import { UsageTable } from "@/components/settings/usage";
import { VoiceChoice } from "@/components/settings/voice-choice";
import { env } from "@/lib/env";
import { chatCookie, chatFrom, voiceCookie, voiceFrom } from "@/lib/preferences";
import { requireSession } from "@/lib/session";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage() {
  const { user } = await requireSession("/settings");
  const chosen = await cookies();
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
      {env().widget ? (
        <Section title="Chat" about="Both show the same conversations. The choice holds for this browser.">
          <ChatChoice served={chatFrom(chosen.get(chatCookie)?.value)} />
        </Section>
      ) : null}
      <Section
        title="Voice"
        about="In the built-in chat of this browser. Some browsers send what you say, or what is read to you, to their maker to turn it into text or sound. Nothing is recorded here."
      >
        <VoiceChoice served={voiceFrom(chosen.get(voiceCookie)?.value)} />
      </Section>
      <Section
        title="Connected apps and keys"
        about="Let Claude Code, Codex, Cursor and other assistants, or programs of your own, work with your tasks."
      >
        <Access />
      </Section>
      <Section
        title="Usage"
        about="What you ask of the assistant is counted, in messages and in tokens, which are parts of words."
      >
        <UsageTable />
      </Section>
      <Section
        title="Conversations"
        about="Take everything you and the assistant said with you, or delete it. Tasks are not touched."
      >
        <Conversations />
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
