//! What lines say, on a Saturday afternoon in Karachi.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking, in the functions it shares with others as well"
)]

use capture::{Draft, capture, duration, only_when};
use jiff::{ToSpan as _, Zoned};

fn saturday() -> Zoned {
    at("2026-11-21T16:04:05+05:00[Asia/Karachi]")
}

fn at(moment: &str) -> Zoned {
    moment.parse().unwrap()
}

/// As "title | day time".
fn written(draft: &Draft) -> String {
    let due = draft.due.map(|due| {
        let time = due.time.map(|time| format!(" {}", time.strftime("%H:%M")));
        format!("{}{}", due.day, time.unwrap_or_default())
    });
    format!("{} | {}", draft.title, due.unwrap_or_default())
}

fn check(now: &Zoned, table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .map(|(line, expected)| (line, expected, written(&capture(line, now))))
        .filter(|(_, expected, found)| found != *expected)
        .map(|(line, _, found)| format!("{line:?}: {found}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn words_about_time_become_a_due_date() {
    check(
        &saturday(),
        &[
            ("call mom tomorrow at 5pm", "call mom | 2026-11-22 17:00"),
            ("tomorrow to call mom", "call mom | 2026-11-22"),
            ("Tomorrow, call mom", "call mom | 2026-11-22"),
            ("call mom the day after tomorrow", "call mom | 2026-11-23"),
            ("call mom at 5", "call mom | 2026-11-21 17:00"),
            (
                "call mom at 5 with the papers",
                "call mom with the papers | 2026-11-21 17:00",
            ),
            ("call mom at 4", "call mom | 2026-11-22 16:00"),
            ("call mom at five o'clock", "call mom | 2026-11-21 17:00"),
            ("call mom five pm", "call mom | 2026-11-21 17:00"),
            ("call mom tonight at 1", "call mom | 2026-11-22 01:00"),
            ("call mom tomorrow evening", "call mom | 2026-11-22 19:00"),
            ("call mom evening at 8", "call mom | 2026-11-21 20:00"),
            (
                "call mom in the MORNING on Monday",
                "call mom | 2026-11-23 09:00",
            ),
            ("call mom Friday", "call mom | 2026-11-27"),
            ("call mom by the end of next month", "call mom | 2026-12-31"),
            ("call mom in two weeks", "call mom | 2026-12-05"),
            ("call mom in half an hour", "call mom | 2026-11-21 16:34"),
            (
                "call mom two days from now, again",
                "call mom, again | 2026-11-23",
            ),
            ("call mom on Dec 3rd, 2027", "call mom | 2027-12-03"),
            (
                "call mom on the 3rd of December at 10",
                "call mom | 2026-12-03 10:00",
            ),
            ("call mom on the 5th", "call mom | 2026-12-05"),
            ("call mom this weekend", "call mom | 2026-11-28"),
        ],
    );
}

#[test]
fn words_that_only_look_like_a_time_stay() {
    for line in [
        "call mom every Monday",
        "water the plants every day at 5pm",
        "Friday report",
        "evening walk",
        "look at 5 houses",
        "buy 3 apples",
        "take medicine at 8am and 8pm",
        "meeting from 5 to 6pm",
        "gym on Monday and Thursday",
        "read the March issue",
        "meet Tom on 3rd street",
        "a pm meeting",
        "tomorrow",
    ] {
        let draft = capture(line, &saturday());
        assert_eq!((draft.title.as_str(), draft.due), (line, None));
    }
}

#[test]
fn month_ends_leap_days_and_changed_clocks_are_counted_right() {
    for (now, line, expected) in [
        (
            "2027-01-31T12:00:00+00:00[UTC]",
            "x in a month",
            "x | 2027-02-28",
        ),
        (
            "2026-11-21T12:00:00+00:00[UTC]",
            "x on 29 February",
            "x | 2028-02-29",
        ),
        (
            "2026-11-30T12:00:00+00:00[UTC]",
            "x on the 31st",
            "x | 2026-12-31",
        ),
        (
            "2026-11-27T12:00:00+00:00[UTC]",
            "x on Friday",
            "x | 2026-12-04",
        ),
        (
            "2026-11-22T12:00:00+00:00[UTC]",
            "x next week",
            "x | 2026-11-23",
        ),
        (
            "2027-03-28T01:30:00+01:00[Europe/Berlin]",
            "x in 2 hours",
            "x | 2027-03-28 04:30",
        ),
        (
            "2027-10-31T01:30:00+02:00[Europe/Berlin]",
            "x in 2 hours",
            "x | 2027-10-31 02:30",
        ),
        (
            "2026-11-21T22:30:00+05:00[Asia/Karachi]",
            "x tonight",
            "x | 2026-11-21",
        ),
    ] {
        assert_eq!(written(&capture(line, &at(now))), expected, "{now} {line}");
    }
}

#[test]
fn a_text_of_nothing_but_a_time_or_an_amount_is_told_from_others() {
    let now = saturday();
    assert!(only_when("tomorrow at 5", &now).is_some());
    assert_eq!(only_when("tea tomorrow at 5", &now), None);
    assert_eq!(duration("two days").unwrap().fieldwise(), 2.days());
    assert_eq!(duration("Half an hour").unwrap().fieldwise(), 30.minutes());
    assert!(duration("two days ago").is_none() && duration("half a week").is_none());
}

#[test]
fn a_date_moves_by_an_amount_and_keeps_its_hour() {
    let due = |words| only_when(words, &saturday()).unwrap();
    let later = due("tomorrow at 10").later(2.days()).unwrap();
    assert_eq!(later, due("on Tuesday at 10"));
    assert_eq!(due("tomorrow").later(1.week()).unwrap().time, None);
    let soon = due("tomorrow").later(30.minutes()).unwrap();
    assert_eq!(soon.time.unwrap().to_string(), "00:30:00");
    assert!(!due("tomorrow").is_over(saturday().datetime()));
}

/// Lines put together at random, of words that mean something and of anything else, always the same ones.
fn lines() -> impl Iterator<Item = String> {
    const PIECES: [&str; 40] = [
        "tomorrow",
        "at",
        "5",
        "pm",
        "99",
        "9999",
        "friday",
        "next",
        "in",
        "two",
        "weeks",
        "half",
        "an",
        "hour",
        "the",
        "end",
        "of",
        "month",
        "31st",
        "february",
        "2028",
        "2026-02-30",
        "noon",
        "midnight",
        "tonight",
        "morning",
        ",",
        ".",
        "(",
        "a.m.",
        "12:99",
        "on",
        "every",
        "کل",
        "é",
        "\u{0}",
        "🎂",
        "\u{200d}",
        "İ",
        "ß",
    ];
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).unwrap()).unwrap()
    };
    (0..20_000).map(move |_| {
        let mut line = String::new();
        for _ in 0..random(9) {
            line.push_str(PIECES[random(PIECES.len())]);
            line.push_str([" ", "", "\n", "  "][random(4)]);
        }
        line
    })
}

#[test]
fn title_and_spans_cover_any_line() {
    let now = saturday();
    let mut dated = 0;
    for line in lines() {
        let draft = capture(&line, &now);
        let rest: String = line
            .char_indices()
            .filter(|(at, _)| !draft.spans.iter().any(|span| span.range.contains(at)))
            .map(|(_, c)| c)
            .collect();
        let plain = |text: &str| text.replace([' ', ',', ';', '.', '\n'], "");
        let (rest, title) = (plain(&rest), plain(&draft.title));
        assert!(
            rest == title || rest.strip_prefix("to") == Some(title.as_str()),
            "{line:?}: {draft:?}"
        );
        assert_eq!(
            draft.spans.len(),
            usize::from(draft.due.is_some()),
            "{line:?}"
        );
        dated += draft.spans.len();
    }
    assert!(dated > 1_000, "{dated}");
}
