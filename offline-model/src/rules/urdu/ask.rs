//! Questions about the list, and small talk.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::super::text::Quotes;
use super::super::{group, pattern, patterns};
use super::target;
use crate::command::{Command, SmallTalk, Status, Target};
use crate::when::Span;

static SMALL_TALK: LazyLock<Vec<(SmallTalk, Regex)>> = LazyLock::new(|| {
    [
        (
            SmallTalk::Help,
            r"(?:میری\s+)?مدد(?:\s+(?:کرو|کریں|کیجیے|چاہیے))?|ہیلپ|(?:آپ|تم)\s+کیا(?:\s+کیا)?\s+کر\s+سکتے\s+(?:ہیں|ہو)|(?:meri\s+)?madad(?:\s+(?:karo|karen|karein|kijiye|chahiye))?|(?:aap|tum)\s+kya(?:\s+kya)?\s+kar\s+sak[dt]e\s+(?:hain|ho|hein)",
        ),
        (
            SmallTalk::Hello,
            r"سلام|السلام\s+(?:و\s+)?علیکم|ہیلو|ہائے|آداب|صبح\s+بخیر|شام\s+بخیر|کیا\s+حال\s+(?:ہے|ہیں)|(?:آپ|تم)\s+کیسے\s+(?:ہیں|ہو)|salam|salaam|slam|assalam\s*-?(?:o|u|e)?\s*-?\s*(?:w\s+)?alaikum|assalamu?\s*alaikum|asalam\s*o?\s*alaikum|aoa|adaab|subah\s+bakhair|kya\s+haal\s+(?:hai|hain)|(?:aap|tum)\s+kaise\s+(?:hain|ho|hein)",
        ),
        (
            SmallTalk::Thanks,
            r"(?:(?:بہت\s+)*(?:شکریہ|مہربانی|نوازش)|جزاک\s*اللہ|شاباش|زبردست|بہت\s+خوب)|(?:(?:bohat|bohot|bahut|buhat)\s+)*(?:shukria|shukriya|shukriyah|meherbani|mehrbani)|jazak\s*allah|shabash|zabardast|bohat\s+khoob",
        ),
        (SmallTalk::Bye, r"(?:خدا|اللہ)\s+حافظ|شب\s+بخیر|(?:khuda|allah)\s*hafiz|shab\s+bakhair"),
        (
            SmallTalk::Yes,
            r"(?:جی\s+)?(?:ہاں|بالکل|ضرور|ٹھیک\s+ہے|درست)(?:\s+(?:جی|کر\s*دو|کر\s*دیں))?|جی|ہاں\s+یہی|کر\s*(?:دو|دیں)|(?:ji\s+)?(?:haan|han|haa|bilkul|zaroor|zarur|theek\s+hai|thik\s+hai|durust)(?:\s+(?:ji|kar\s*do|kardo|kar\s*dein))?|ji|jee|kar\s*do|kardo",
        ),
        (
            SmallTalk::No,
            r"(?:جی\s+)?(?:نہیں|نہ|مت\s+کرو)(?:\s+(?:شکریہ|رہنے\s+دو|کرو))?|رہنے\s+(?:دو|دیں)|چھوڑ\s*(?:و|دو|یں)|(?:ji\s+)?(?:nahi|nahin|nhi|nai|mat\s+karo)(?:\s+(?:shukria|shukriya|rehne\s+do))?|rehne\s+(?:do|dein)|chh?oro|chh?or\s+do",
        ),
    ]
    .into_iter()
    .map(|(talk, rule)| (talk, pattern(&format!("(?:{rule})"))))
    .collect()
});

/// Words with which a sentence asks to see something, anywhere in it.
static SHOWS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:.*\s)?(?:دکھا|بتا|دیکھا|dikha|dikhla|bata[on ]|dekha).*|(?:.*\s)?(?:کیا|کون|کونسا|کونسے|کتنے|کتنا|kya|kon|kaun|konsa|konse|kitne|kitna)(?:\s.*)?",
    )
});

static PENDING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r".*(?:باقی|رہتے|رہتا|رہ\s+گ|ادھور|نامکمل|کھلے|کرنا\s+ہے|کرنے\s+ہیں|baqi|baki|bacha|bache|rehta|rehte|reh\s+ga|adhoor|na\s*mukammal|open|pending|karna\s+hai|karne\s+hain|karne\s+hein).*",
    )
});

static COMPLETED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r".*(?:مکمل|ہو\s+گ|ہو\s+چک|ختم|کر\s+لی|کیا\s+کیا\s+ہے|mukammal|mukamal|ho\s+ga|ho\s+chuk|done|khatam|complete|kar\s+li).*",
    )
});

static LIST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r".*(?:کام|فہرست|لسٹ|ٹاسک|سب|kaam|(?:^|\s)kam(?:\s|$)|(?:^|\s)list(?:\s|$)|task|fehrist|sab(?:\s|$)).*",
    )
});

/// "my open tasks", without a verb.
static BARE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:(?:میرے|میری|سب|سارے|تمام|باقی|مکمل|mere|meri|sab|saare|tamam|baqi|mukammal)\s+)+(?:کام|فہرست|لسٹ|ٹاسک|kaam|list|tasks?)",
    )
});

static SUMMARY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r".*(?:خلاصہ|صورتحال|صورت\s+حال|khulasa|khulaasa|surat\s*-?e?-?\s*haal|soorat\s*e?\s*haal).*|(?:میرے\s+|mere\s+)?(?:کل\s+|kul\s+)?(?:کتنے|kitne)\s+(?:کام|kaam|kam|tasks?)\s+(?:ہیں|ہوئے|hain|hein|hue)(?:\s.*)?",
    )
});

static FIND: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let show = r"(?:دکھاؤ|دکھائیں|دکھا\s+دو|بتاؤ|dikhao|dikhaen|dikhain|dikha\s+do|batao)";
    patterns(&[
        &format!(r"(?P<t>(?:کام|kaam|task)\s*(?:نمبر|number|#)?\s*\S*[0-9۰-۹٠-٩]+)\s+{show}"),
        r"(?P<t>.+?)\s+(?:تلاش|ڈھونڈ|dhoond|dhund|talash)\s*(?:کرو|کریں|و|دو|karo|karen|o|do)",
    ])
});

static DUE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let tasks = r"(?:کون\s+(?:سے|سا)\s+)?(?:کام|ٹاسک|kaam|kam|tasks?)";
    let ask = r"(?:کرنا\s+ہے|کرنے\s+ہیں|ہیں|ہے|دکھاؤ|دکھائیں|بتاؤ|بتائیں|karna\s+hai|karne\s+hain|karne\s+hein|hain|hein|hai|dikhao|batao|dikhaen|bataen)";
    let of = r"(?:\s+(?:کے|کا|کو|ke|ka|ko)(?:\s+(?:لیے|لئے|liye|liay))?)?";
    let kinds = r"(?P<today>آج|aaj)|(?P<tomorrow>کل|kal)|(?P<week>(?:اس|is)\s+(?:ہفتے|hafte))|(?P<next>(?:اگلے|agle)\s+(?:ہفتے|hafte))";
    patterns(&[
        r"(?P<late>.*(?:وقت\s+گزر|تاریخ\s+گزر|اوور\s*ڈیو|waqt\s+guzar|overdue|tareekh\s+guzar|late\s+(?:hain|hai|kaam)).*)",
        &format!(
            r"(?:مجھے\s+|mujhe\s+)?(?:{kinds}){of}\s+(?:{tasks}|(?:کیا|kya)(?:\s+(?:کیا|kya))?)(?:\s+{ask})?"
        ),
    ])
});

/// Greetings and the like, if the sentence is nothing else.
pub(super) fn small_talk(sentence: &str) -> Option<SmallTalk> {
    SMALL_TALK
        .iter()
        .find(|(_, rule)| rule.is_match(sentence))
        .map(|(talk, _)| *talk)
}

/// What is due at some time.
pub(super) fn due(sentence: &str) -> Option<Command> {
    let found = DUE.iter().find_map(|rule| rule.captures(sentence))?;
    let spans = [
        ("late", Span::Overdue),
        ("today", Span::Today),
        ("tomorrow", Span::Tomorrow),
        ("week", Span::ThisWeek),
        ("next", Span::NextWeek),
    ];
    let (_, span) = spans
        .into_iter()
        .find(|(name, _)| found.name(name).is_some())?;
    Some(Command::Due(span))
}

/// The list, a part of it, its numbers, or one task of it.
pub(super) fn list(sentence: &str, quotes: &Quotes) -> Option<Command> {
    if SUMMARY.is_match(sentence) {
        return Some(Command::Summary);
    }
    if let Some(found) = FIND.iter().find_map(|rule| rule.captures(sentence)) {
        return Some(match target::read(group(&found, "t")?, quotes) {
            Target::All(status) => Command::List(status),
            target => Command::Find(target),
        });
    }
    if !SHOWS.is_match(sentence) && !BARE.is_match(sentence) {
        return None;
    }
    if PENDING.is_match(sentence) {
        Some(Command::List(Status::Pending))
    } else if COMPLETED.is_match(sentence) {
        Some(Command::List(Status::Completed))
    } else {
        LIST.is_match(sentence)
            .then_some(Command::List(Status::All))
    }
}
