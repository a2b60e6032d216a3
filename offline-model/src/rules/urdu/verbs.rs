//! The verbs of orders, and what they end in.

use std::sync::LazyLock;

use regex_lite::Regex;

use crate::language::is_urdu;
use crate::rules::{pattern, patterns};

/// "do", in every politeness.
const DO: &str = r"(?:کر\s*(?:و|یں|یے|نا|دو|دیں|دے|دیجیے|دیجئے|لو|لیں|لینا|دینا|دی\s+جیے)|کیجیے|کیجئے|کرو|کریں|کرنا|کر|kar\s*(?:o|en|ain|ein|na|do|dein|den|dain|dijiye|lo|lein|dena|lena|ke)|kro|kren|krain|kardo|kr\s*(?:do|dein|den|o|na|lo)|kijiye|karo|karen|karain)";
/// "give", "put", as the second half of a verb.
const GIVE: &str = r"(?:دو|دیں|دے|دیجیے|دیجئے|لو|لیں|دینا|do|dein|den|dain|dijiye|lo|lein|dena)";
const LIST: &str = r"(?:میری\s+|meri\s+|apni\s+|اپنی\s+)?(?:فہرست|لسٹ|list|tasks|ٹاسکس)";
const IN: &str = r"(?:میں|main|mein|me|par|پر)";

/// Sentences with which something is added; `t` is what.
static ADD: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let into = r"(?:شامل|ایڈ|درج|add|shamil|daakhil|darj)";
    let put = format!(
        r"(?:{into}\s+{DO}|(?:ڈال|لکھ|daal|dal|likh)\s*(?:{GIVE}|o|و)|ڈالو|لکھو|likho|dalo|daalo)"
    );
    let task = r"(?:(?:ایک|نیا|نئی|ek|aik|naya|nayi|new)\s+)*(?:کام|ٹاسک|kaam|kam|task)";
    let remind = format!(
        r"(?:یاد\s*(?:دلا\s*(?:{GIVE}|ؤ|ئیں|نا)?|دلاؤ|رکھو|رکھنا|کروا\s*(?:{GIVE}|نا))|yaad\s*(?:dila\s*(?:{GIVE}|o|na|en)?|dilao|dilana|rakho|rakhna|karwa\s*(?:{GIVE}|na)|karwana))"
    );
    patterns(&[
        &format!(r"{task}\s*:\s*(?P<t>.+)"),
        &format!(r"{LIST}\s+{IN}\s+(?P<t>.+?)(?:\s+(?:کو|ko))?\s+{put}"),
        &format!(r"(?P<t>.+?)(?:\s+(?:کو|ko))?\s+{LIST}\s+{IN}\s+{put}"),
        &format!(r"{task}\s+{put}\s*:?\s+(?P<t>.+)"),
        &format!(r"(?P<t>.+?)\s+(?:کا|کی|ka|ki)\s+{task}\s+{put}"),
        &format!(r"{task}\s+(?P<t>.+?)\s+{put}"),
        &format!(r"(?P<t>.+?)(?:\s+(?:کو|ko))?\s+{put}"),
        r"(?:شامل|ایڈ|add|shamil)\s+(?:کرو|کریں|کر\s*دو|کر\s*دیں|karo|kar\s*do|kardo|kar\s*dein)\s*:?\s+(?P<t>.+)",
        &format!(
            r"(?:مجھے|mujhe|mujhay)\s+{remind}\s+(?:کہ|ke|keh|k)\s+(?:مجھے\s+|mujhe\s+)?(?P<t>.+?)(?:\s+(?:ہے|hai))?"
        ),
        &format!(r"(?:مجھے|mujhe|mujhay)\s+(?P<t>.+?)(?:\s+(?:کا|کی|ka|ki))?\s+{remind}"),
        &format!(r"(?P<t>.+?)(?:\s+(?:کا|کی|ka|ki))?\s+{remind}"),
        r"(?:مجھے|ہمیں|mujhe|mujhay|humein|hamein)\s+(?P<t>.+(?:نا|نی|نے|na|ni|ne))\s+(?:ہے|ہیں|hai|hain)",
        r"(?P<t>.+\s\S+(?:نا|نی|na|ni))\s+(?:ہے|ہیں|hai|hain)",
        r"(?:نیا|naya|new)\s+(?:کام|kaam|task)\s+(?P<t>.+)",
    ])
});

static ADD_NOTHING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?:(?:ایک|نیا|ek|aik|naya)\s+)*(?:کام|ٹاسک|kaam|kam|task)\s+(?:شامل|ایڈ|add|shamil|لکھ|ڈال|likh|daal)\s*(?:{DO}|{GIVE})"
    ))
});

static ORDER_END: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r".*(?:^|\s)(?:{DO}|{GIVE}|دکھا\S*|بتا\S*|ہٹا\S*|مٹا\S*|dikha\S*|bata\S*|hata\S*|mita\S*|کھولو|kholo|گیا|گئی|گئے|gaya|gayi|gaye|لیا|liya|ہے|ہیں|hai|hain)"
    ))
});

/// Words without one of which no sentence in Latin letters is taken for Urdu.
const MARKS: &str = " aoa accha acha adaab allah asalam asalamo assalam assalamo assalamoalaikum assalamu \
    assalamualaikum batao bata bataen bilkul chhoro choro dalo daalo dal daal dikha dikhaen dikhain dikhao \
    badal dobara dubara durust gaya gayi gaye haan haa hai hain han hata hatao hein hua hui jazak jee ji kar karain karein karen \
    karna karo kar kardo kaam kaun khol kholo khuda khulasa kijiye kiya kitna kitne kon kr krain krdo kren kro kya likh likho \
    li liya madad mat meherbani mehrbani mita mitao mujhay mujhe nai naya nahi nahin nhi nikaal nikal nikalo \
    rakho rehne salaam salam shab shabash shukria shukriya shukriyah slam subah talash thik theek \
    yaad zabardast wala wale wali zaroor zarur ";

/// Whether it is worth trying: there is a letter or a word of Urdu in it.
pub(super) fn may_be_urdu(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphabetic());
    text.chars().any(is_urdu)
        || words.any(|word| !word.is_empty() && MARKS.contains(&format!(" {word} ")))
}

/// Words in "-na" that are no verbs.
const NOUNS: &str = " khana banana cinema china نانا کھانا ";

pub(super) fn add() -> &'static [Regex] {
    &ADD
}

pub(super) fn add_nothing(sentence: &str) -> bool {
    ADD_NOTHING.is_match(sentence)
}

/// Whether an order may end here, so that "and" begins another.
pub(super) fn ends_an_order(sentence: &str) -> bool {
    ORDER_END.is_match(sentence)
}

/// Whether the last word is "to do something": لانا, کرنی, lana.
pub(super) fn is_infinitive(text: &str) -> bool {
    let Some(last) = text.split_whitespace().last() else {
        return false;
    };
    let last = last.to_lowercase();
    let more_words = text.split_whitespace().nth(1).is_some();
    let ending = ["نا", "نی", "na", "ni"]
        .iter()
        .any(|ending| last.ends_with(ending));
    more_words && ending && last.chars().count() > 3 && !NOUNS.contains(&format!(" {last} "))
}

/// Patterns of the verbs that change a task, around `t`.
pub(super) mod change {
    use super::{DO, GIVE, LazyLock, Regex, patterns};

    const KO: &str = r"(?:\s+(?:کو|ko))?";

    pub(in super::super) static REOPEN: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let again = r"(?:دوبارہ|واپس|dobara|dubara|wapas|wapis)";
        patterns(&[
            &format!(r"(?P<t>.+?){KO}\s+{again}\s+(?:کھول|khol)\s*(?:{GIVE}|و|o|یں|en)"),
            &format!(r"(?P<t>.+?){KO}\s+{again}\s+(?:شروع|اوپن|open|reopen|shuru)\s+{DO}"),
            &format!(r"(?P<t>.+?){KO}\s+(?:reopen|ری\s*اوپن|نامکمل|na\s*mukammal)\s+{DO}"),
            r"(?P<t>.+?)\s+(?:ابھی\s+|abhi\s+)?(?:نہیں|nahi|nahin)\s+(?:ہوا|ہوئی|hua|hui)(?:\s+(?:ہے|hai))?",
        ])
    });

    pub(in super::super) static COMPLETE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let done = r"(?:مکمل|ختم|پورا|پوری|ڈن|کمپلیٹ|complete|completed|mukammal|mukamal|khatam|khatm|poora|pura|done|mark\s+done|tick|ٹک)";
        let has = r"(?:\s+(?:ہے|ہیں|hai|hain))?";
        patterns(&[
            &format!(r"(?P<t>.+?){KO}\s+{done}\s+{DO}"),
            &format!(r"{done}\s+{DO}\s*:?\s+(?P<t>.+)"),
            &format!(
                r"(?P<t>.+?)\s+{done}\s+(?:ہو\s*(?:گیا|گئی|گئے|چکا|چکی)|ho\s*(?:gaya|gayi|gaye|chuka|chuki))?{has}"
            ),
            &format!(
                r"(?P<t>.+?)\s+(?:ہو\s*(?:گیا|گئی|گئے|چکا|چکی)|ho\s*(?:gaya|gayi|gaye|chuka|chuki)){has}"
            ),
            &format!(
                r"(?:میں\s+نے|main\s+ne|mene|maine)\s+(?P<t>.+?){KO}\s+(?:{done}\s+)?(?:کر\s*(?:لیا|لی|دیا|دی)|کیا|لے\s+(?:لیا|لی)|خرید\s+(?:لیا|لی)|kar\s*(?:liya|li|diya|di)|kiya|le\s+(?:liya|li)|kharid\s+(?:liya|li)){has}"
            ),
        ])
    });

    pub(in super::super) static DELETE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let gone = r"(?:حذف|ڈیلیٹ|ریموو|کینسل|delete|hazf|remove|cancel|saaf|صاف)";
        patterns(&[
            &format!(r"(?P<t>.+?){KO}\s+{gone}\s+{DO}"),
            &format!(
                r"(?P<t>.+?){KO}(?:\s+(?:فہرست|لسٹ|list)\s+(?:سے|se))?\s+(?:(?:ہٹا|مٹا|نکال|hata|mita|nikaal|nikal)\s*{GIVE}|ہٹاؤ|مٹاؤ|ہٹائیں|مٹائیں|نکالو|hatao|hatain|mitao|nikalo|nikaalo)"
            ),
            &format!(r"{gone}\s+{DO}\s*:?\s+(?P<t>.+)"),
        ])
    });

    /// To have it due at another time.
    pub(in super::super) static MOVE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let put = format!(
            r"(?:\s+(?:پر|تک|کے\s+لیے|par|pe|tak|ke\s+liye))?\s+(?:منتقل|ملتوی|موو|شفٹ|muntaqil|multavi|move|shift|postpone|reschedule)\s+{DO}"
        );
        patterns(&[
            &format!(r"(?P<t>.+?)\s+(?:کو|ko)\s+(?P<when>.+?){put}"),
            &format!(r"(?P<t>اسے|isay|ise|usay)\s+(?P<when>.+?){put}"),
        ])
    });

    pub(in super::super) static RENAME: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let change = r"(?:بدل|تبدیل|چینج|badal|tabdeel|change)";
        let after = r"(?:\s*(?:کر\s+کے|کر|کے|kar\s+ke|kar|ke))?";
        let set = format!(r"(?:{DO}|(?:رکھ|بنا|rakh|bana)\s*{GIVE}|رکھو|rakho)");
        patterns(&[
            &format!(
                r"(?P<t>.+?)\s+(?:کا|ka)\s+(?:نام|عنوان|ٹائٹل|naam|nam|title|unwan)\s+{change}{after}\s+(?P<new>.+?)\s+{set}"
            ),
            &format!(
                r"(?P<t>.+?)\s+(?:کا|ka)\s+(?:نیا\s+|naya\s+)?(?:نام|عنوان|naam|nam|title|unwan)\s+(?P<new>.+?)\s+(?:(?:رکھ|rakh)\s*{GIVE}|رکھو|rakho|کر\s*دو|کر\s*دیں|kar\s*do|kar\s*dein)"
            ),
            &format!(r"(?P<t>.+?)\s+(?:کو|ko)\s+{change}{after}\s+(?P<new>.+?)\s+{set}"),
            &format!(
                r"(?P<t>.+?)\s+(?:کو|ko)\s+(?P<new>\S.*?)\s+(?:سے|میں|se|mein)\s+{change}\s*(?:{DO}|و|o|{GIVE})"
            ),
            &format!(
                r"(?P<t>.+?)\s+(?:کا|ka)\s+(?:نام|عنوان|naam|nam|title)\s+{change}\s*(?:{DO}|و|o|{GIVE})"
            ),
        ])
    });
}
