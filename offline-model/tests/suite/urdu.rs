//! Urdu, in its own script and in Latin letters, on a list of four tasks:
//! #1 دودھ لانا, #2 Pay rent, #3 امی کو فون کرنا (done), #4 پودوں کو پانی دینا.

use crate::player::{self, Chat, SATURDAY};

fn chat() -> Chat {
    Chat::with(&[
        "دودھ لانا",
        "Pay rent",
        "امی کو فون کرنا✓",
        "پودوں کو پانی دینا",
    ])
}

const LIST: &str = r#"list_tasks {"status":"all"}"#;
const OPEN: &str = r#"list_tasks {"status":"pending"}"#;
const DONE: &str = r#"list_tasks {"status":"completed"}"#;
const SUMMARY: &str = "task_summary {}";

async fn check(table: &[(&str, &[&str])]) {
    let mut wrong = Vec::new();
    for (sentence, expected) in table {
        let mut chat = chat();
        chat.tools = player::own_tools();
        let tools = chat.tools.as_array_mut().unwrap();
        tools.retain(|tool| tool["function"]["name"] != "show_tasks");
        let turn = chat.say(sentence).await;
        let expected: Vec<String> = expected
            .iter()
            .map(|call| {
                let (name, arguments) = call.split_once(' ').unwrap();
                player::written(name, arguments)
            })
            .collect();
        if turn.calls() != expected {
            wrong.push(format!(
                "{sentence:?}: {:?}, {:?}",
                turn.calls(),
                turn.answer
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn sentences_that_add() {
    let bread: &[&str] = &[r#"add_task {"title":"روٹی لانا"}"#];
    let roman: &[&str] = &[r#"add_task {"title":"Roti lana"}"#];
    check(&[
        ("روٹی لانا شامل کرو", bread),
        ("روٹی لانا شامل کر دیں۔", bread),
        ("براہ کرم روٹی لانا لسٹ میں ڈال دو", bread),
        ("میری فہرست میں روٹی لانا شامل کریں", bread),
        ("نیا کام: روٹی لانا", bread),
        ("مجھے یاد دلانا کہ روٹی لانا ہے", bread),
        ("مجھے روٹی لانا ہے", bread),
        ("روٹی لانا ہے", bread),
        ("ایک نیا کام روٹی لانا شامل کرو", bread),
        ("roti lana add karo", roman),
        ("please roti lana list mein daal do", roman),
        ("mujhe roti lana hai", roman),
        ("mujhe yaad dilana ke roti lana hai", roman),
        ("add karo roti lana", roman),
        ("naya kaam: roti lana", roman),
        (
            "buy bread add kar do",
            &[r#"add_task {"title":"Buy bread"}"#],
        ),
        (
            "“Buy bread” شامل کرو",
            &[r#"add_task {"title":"Buy bread"}"#],
        ),
        ("buy bread شامل کرو", &[r#"add_task {"title":"Buy bread"}"#]),
        ("add روٹی لانا", bread),
        (
            "انڈے، روٹی اور مکھن شامل کرو",
            &[
                r#"add_task {"title":"انڈے"}"#,
                r#"add_task {"title":"روٹی"}"#,
                r#"add_task {"title":"مکھن"}"#,
            ],
        ),
        (
            "انڈے اور روٹی لانا شامل کرو",
            &[r#"add_task {"title":"انڈے اور روٹی لانا"}"#],
        ),
        (
            "روٹی لانا اور بل جمع کرانا شامل کرو",
            &[
                r#"add_task {"title":"روٹی لانا"}"#,
                r#"add_task {"title":"بل جمع کرانا"}"#,
            ],
        ),
    ])
    .await;
}

#[tokio::test]
async fn sentences_that_ask() {
    check(&[
        ("کیا باقی ہے؟", &[OPEN]),
        ("کون سے کام باقی ہیں؟", &[OPEN]),
        ("باقی کام دکھاؤ", &[OPEN]),
        ("باقی کام", &[OPEN]),
        ("mere kaam", &[LIST]),
        ("میرے کام دکھاؤ", &[LIST]),
        ("فہرست دکھائیں", &[LIST]),
        ("سب کام بتاؤ", &[LIST]),
        ("مکمل کام دکھاؤ", &[DONE]),
        ("کون سے کام ہو گئے؟", &[DONE]),
        ("خلاصہ بتاؤ", &[SUMMARY]),
        ("میرے کتنے کام ہیں؟", &[SUMMARY]),
        ("کام 2 دکھاؤ", &[LIST]),
        ("kya baqi hai?", &[OPEN]),
        ("mujhe kya karna hai?", &[OPEN]),
        ("mere kaam dikhao", &[LIST]),
        ("list dikhao", &[LIST]),
        ("meri list batao", &[LIST]),
        ("kon se kaam ho gaye?", &[DONE]),
        ("khulasa batao", &[SUMMARY]),
        ("kitne kaam hain?", &[SUMMARY]),
        ("tasks dikhao", &[LIST]),
    ])
    .await;
}

#[tokio::test]
async fn sentences_that_change() {
    let milk: &[&str] = &[LIST, r#"complete_task {"task_id":1}"#];
    let complete: &[&str] = &[r#"complete_task {"task_id":4}"#];
    let delete: &[&str] = &[r#"delete_task {"task_id":2}"#];
    let rename: &[&str] = &[r#"update_task {"task_id":2,"title":"کرایہ دینا"}"#];
    let reopen: &[&str] = &[r#"reopen_task {"task_id":3}"#];
    check(&[
        ("دودھ والا کام مکمل کرو", milk),
        ("دودھ لانا مکمل کر دو", milk),
        ("دودھ کا کام ختم کرو", milk),
        ("دودھ لانا ہو گیا", milk),
        ("دودھ والا کام ہو گیا ہے۔", milk),
        ("کام 4 مکمل کرو", complete),
        ("کام نمبر ۴ مکمل کریں", complete),
        ("#4 مکمل", &[]),
        ("kaam 4 mukammal karo", complete),
        ("task 4 complete kar do", complete),
        ("number 4 done karo", complete),
        (
            "کام 1 اور 2 مکمل کرو",
            &[
                r#"complete_task {"task_id":1}"#,
                r#"complete_task {"task_id":2}"#,
            ],
        ),
        (
            "rent wala kaam mukammal karo",
            &[LIST, r#"complete_task {"task_id":2}"#],
        ),
        (
            "Pay rent والا کام مکمل کرو",
            &[LIST, r#"complete_task {"task_id":2}"#],
        ),
        (
            "pay rent ho gaya",
            &[LIST, r#"complete_task {"task_id":2}"#],
        ),
        ("کام 2 حذف کرو", delete),
        ("کام ۲ ہٹا دو", delete),
        ("kaam 2 delete karo", delete),
        ("kaam 2 hata do", delete),
        ("کام 2 کو ڈیلیٹ کر دیں", delete),
        ("مکمل کام حذف کرو", &[LIST, r#"delete_task {"task_id":3}"#]),
        (
            "سب کام حذف کر دو",
            &[
                LIST,
                r#"delete_task {"task_id":1}"#,
                r#"delete_task {"task_id":2}"#,
                r#"delete_task {"task_id":3}"#,
                r#"delete_task {"task_id":4}"#,
            ],
        ),
        ("کام 2 کا نام بدل کر کرایہ دینا کر دو", rename),
        ("کام 2 کا نام کرایہ دینا رکھ دو", rename),
        (
            "kaam 2 ka naam badal kar Pay the rent kar do",
            &[r#"update_task {"task_id":2,"title":"Pay the rent"}"#],
        ),
        (
            "کام 2 کو کل پر منتقل کرو",
            &[
                LIST,
                r#"update_task {"task_id":2,"description":"مقررہ وقت: کل"}"#,
            ],
        ),
        ("کام 3 دوبارہ کھول دو", reopen),
        ("kaam 3 dobara khol do", reopen),
        ("kaam 3 reopen karo", reopen),
        (
            "روٹی لانا شامل کرو اور کام 4 مکمل کرو",
            &[r#"add_task {"title":"روٹی لانا"}"#, complete[0]],
        ),
        (
            "kaam 4 mukammal karo aur kaam 2 delete karo",
            &[complete[0], delete[0]],
        ),
    ])
    .await;
}

#[tokio::test]
async fn answers_are_in_the_script_of_the_question() {
    for (sentence, answer) in [
        ("روٹی لانا شامل کرو", "#5 “روٹی لانا” شامل کر دیا۔"),
        ("roti lana add karo", "#5 “Roti lana” add kar diya."),
        ("add روٹی لانا", "Added #5 “روٹی لانا”."),
        ("کام 2 مکمل کرو", "#2 “Pay rent” مکمل کر دیا۔"),
        ("kaam 2 delete karo", "#2 “Pay rent” delete kar diya."),
        (
            "کام 3 دوبارہ کھول دو",
            "#3 “امی کو فون کرنا” دوبارہ کھول دیا۔",
        ),
        (
            "کام 2 کا نام کرایہ رکھ دو",
            "#2 کا نام بدل کر “کرایہ” کر دیا۔",
        ),
        (
            "کام 99 مکمل کرو",
            "#99 نمبر کا کوئی کام نہیں۔ نمبر دیکھنے کے لیے کہیے “میرے کام دکھاؤ”۔",
        ),
        (
            "امی والا کام مکمل کرو",
            "#3 “امی کو فون کرنا” پہلے ہی مکمل ہے۔",
        ),
        ("کیا باقی ہے؟", "آپ کے تین کام باقی ہیں۔"),
        ("kya baqi hai?", "Aap ke teen kaam baqi hain."),
        (
            "میرے کام دکھاؤ",
            "آپ کے چار کام ہیں، جن میں سے تین باقی ہیں۔",
        ),
        (
            "khulasa batao",
            "Aap ke 4 kaam hain: 3 baqi aur 1 mukammal.",
        ),
        ("شکریہ", "کوئی بات نہیں! کیا میں کچھ اور کر سکتا ہوں؟"),
        (
            "shukriya",
            "Koi baat nahin! Kya main kuch aur kar sakta hoon?",
        ),
        ("نہیں", "ٹھیک ہے، میں نے سب کچھ ویسا ہی رہنے دیا۔"),
        ("nahi", "Theek hai, main ne sab kuch waisa hi rehne diya."),
    ] {
        let mut chat = chat();
        chat.tools = player::own_tools();
        let turn = chat.say(sentence).await;
        assert_eq!(turn.answer, answer, "{sentence}");
    }
    for (sentence, start) in [
        ("السلام علیکم", "السلام علیکم! میں آپ کے کاموں"),
        ("salam", "Assalam o alaikum! Main aap ke kaamon"),
        ("assalam o alaikum", "Assalam o alaikum!"),
        ("مدد", "میں آپ کے کاموں کی فہرست سنبھالتا ہوں"),
        ("madad", "Main aap ke kaamon ki list"),
        ("ہاں", "ٹھیک ہے۔"),
        ("haan", "Theek hai."),
        ("آج موسم کیسا ہے", "معاف کیجیے"),
        ("aaj mausam kaisa hai yaar", "Maaf kijiye"),
    ] {
        let turn = chat().say(sentence).await;
        assert!(
            turn.answer.starts_with(start),
            "{sentence}: {}",
            turn.answer
        );
    }
}

#[tokio::test]
async fn lists_in_words_and_failures_are_in_urdu() {
    let turn = chat().say("میرے کام دکھاؤ").await;
    assert_eq!(
        turn.answer,
        "آپ کے 4 کام ہیں، جن میں سے 3 باقی ہیں:\n\n- #1 دودھ لانا\n- #2 Pay rent\n- #4 پودوں کو پانی دینا\n\
         - #3 امی کو فون کرنا (مکمل)"
    );
    let mut refused = chat();
    refused.refusal = Some("The person said no.".to_owned());
    let turn = refused.say("کام 2 حذف کرو").await;
    assert_eq!(turn.answer, "آپ نے منع کیا، اس لیے میں نے یہ نہیں کیا۔");
    let mut bare = chat();
    bare.tools = serde_json::json!([]);
    let turn = bare.say("روٹی لانا شامل کرو").await;
    assert_eq!(
        turn.answer,
        "معاف کیجیے، میں ابھی کام شامل نہیں کر سکتا: اس کا ذریعہ میرے پاس نہیں۔"
    );
}

#[tokio::test]
async fn questions_and_their_answers_are_understood_in_urdu() {
    for (question, answer) in [
        ("دودھ والا کام حذف کرو", "دوسرا"),
        ("دودھ والا کام حذف کرو", "2"),
        ("دودھ والا کام حذف کرو", "دودھ پینا"),
        ("دودھ والا کام حذف کرو", "پینے والا"),
        ("دودھ والا کام حذف کرو", "آخری والا"),
    ] {
        let mut chat = Chat::with(&["Pay rent", "Call", "دودھ لانا", "دودھ پینا"]);
        let turn = chat.say(question).await;
        assert_eq!(
            turn.answer,
            "“دودھ” سے دو کام ملتے ہیں:\n\n- #3 دودھ لانا\n- #4 دودھ پینا\n\nان میں سے کون سا حذف کروں؟"
        );
        if answer == "پینے والا" {
            continue;
        }
        chat.say(answer).await;
        assert!(
            !chat.titles().contains(&"دودھ پینا".to_owned()) || answer == "2",
            "{answer}: {:?}",
            chat.titles()
        );
    }
    let mut chat = chat();
    let turn = chat.say("سب کام حذف کر دو").await;
    assert!(
        turn.answer.ends_with("کیا واقعی تمام 4 کام حذف کر دوں؟"),
        "{turn:?}"
    );
    let turn = chat.say("ہاں").await;
    assert!(turn.answer.starts_with("4 کام حذف کر دیے:"), "{turn:?}");
    let mut chat = Chat::with(&[]);
    let turn = chat.say("روٹی لانا").await;
    assert_eq!(
        turn.answer,
        "کیا میں “روٹی لانا” کو کام کے طور پر شامل کروں؟"
    );
    chat.say("جی ہاں").await;
    assert_eq!(chat.titles(), ["روٹی لانا"]);
    chat.say("اسے مکمل کرو").await;
    assert_eq!(chat.titles(), ["روٹی لانا✓"]);
}

#[tokio::test]
async fn a_number_alone_is_answered_in_the_language_before() {
    let mut chat = Chat::with(&["دودھ لانا", "دودھ پینا"]);
    chat.say("دودھ والا کام مکمل کرو").await;
    let turn = chat.say("2").await;
    assert_eq!(turn.answer, "#2 “دودھ پینا” مکمل کر دیا۔");
}

#[tokio::test]
async fn a_choice_is_asked_for_in_urdu() {
    let mut chat = Chat::at(SATURDAY, &["دودھ لانا", "دودھ پینا"]);
    chat.chosen = serde_json::json!({ "answer": "دودھ پینا" });
    let turn = chat.say("دودھ والا کام مکمل کرو").await;
    assert!(
        turn.calls()[1].contains("ان میں سے کون سا مکمل کروں؟"),
        "{turn:?}"
    );
    assert_eq!(turn.answer, "#2 “دودھ پینا” مکمل کر دیا۔");
}

/// Sentence, title, description.
#[rustfmt::skip]
const DATES: &[(&str, &str, &str)] = &[
    ("کل دودھ لانا شامل کرو", "دودھ لانا", "مقررہ وقت: اتوار، 22 نومبر 2026"),
    ("دودھ لانا کل شام 5 بجے شامل کرو", "دودھ لانا", "مقررہ وقت: اتوار، 22 نومبر 2026، 17:00"),
    ("آج رات دودھ لانا شامل کرو", "دودھ لانا", "مقررہ وقت: ہفتہ، 21 نومبر 2026، 20:00"),
    ("پرسوں دودھ لانا شامل کرو", "دودھ لانا", "مقررہ وقت: پیر، 23 نومبر 2026"),
    ("جمعہ کو دودھ لانا شامل کرو", "دودھ لانا", "مقررہ وقت: جمعہ، 27 نومبر 2026"),
    ("دو ہفتے میں دودھ لانا شامل کرو", "دودھ لانا", "مقررہ وقت: ہفتہ، 5 دسمبر 2026"),
    ("۳ دن بعد دودھ لانا شامل کرو", "دودھ لانا", "مقررہ وقت: منگل، 24 نومبر 2026"),
    ("ایک گھنٹے میں دودھ لانا شامل کرو", "دودھ لانا", "مقررہ وقت: ہفتہ، 21 نومبر 2026، 17:04"),
    ("اگلے ہفتے دودھ لانا شامل کرو", "دودھ لانا", "مقررہ وقت: پیر، 23 نومبر 2026"),
    ("3 دسمبر کو دودھ لانا شامل کرو", "دودھ لانا", "مقررہ وقت: جمعرات، 3 دسمبر 2026"),
    ("مہینے کے آخر تک دودھ لانا شامل کرو", "دودھ لانا", "مقررہ وقت: پیر، 30 نومبر 2026"),
    ("ساڑھے پانچ بجے دودھ لانا شامل کرو", "دودھ لانا", "مقررہ وقت: ہفتہ، 21 نومبر 2026، 17:30"),
    ("kal doodh lana add karo", "Doodh lana", "Due Sunday, 22 November 2026"),
    ("doodh lana kal shaam 5 baje add karo", "Doodh lana", "Due Sunday, 22 November 2026, 17:00"),
    ("jumma ko doodh lana add karo", "Doodh lana", "Due Friday, 27 November 2026"),
    ("do hafte baad doodh lana add karo", "Doodh lana", "Due Saturday, 5 December 2026"),
    ("parson doodh lana add karo", "Doodh lana", "Due Monday, 23 November 2026"),
    ("ہر پیر دودھ لانا شامل کرو", "ہر پیر دودھ لانا", ""),
];

#[tokio::test]
async fn dates_are_understood_and_written_in_urdu() {
    let mut wrong = Vec::new();
    for (sentence, title, description) in DATES {
        let mut chat = Chat::at(SATURDAY, &[]);
        let turn = chat.say(sentence).await;
        let Some(task) = chat.tasks.first() else {
            wrong.push(format!("{sentence}: {turn:?}"));
            continue;
        };
        let written = task["description"].as_str().unwrap_or_default();
        if (task["title"].as_str().unwrap(), written) != (*title, *description) {
            wrong.push(format!("{sentence}: {task}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_is_due_is_asked_for_in_either_language_whoever_wrote_it() {
    let mut chat = Chat::at(SATURDAY, &[]);
    chat.insert("پرانا", Some("مقررہ وقت: جمعہ، 20 نومبر 2026"), false);
    chat.insert("Old", Some("Due Friday, 20 November 2026, 10:00"), false);
    chat.insert(
        "کل کا",
        Some("مقررہ وقت: اتوار، 22 نومبر 2026، 09:00"),
        false,
    );
    for (sentence, answer) in [
        ("کن کاموں کا وقت گزر گیا؟", "دو کاموں کا وقت گزر چکا ہے۔"),
        ("what is overdue?", "Two tasks are overdue."),
        ("کل کیا کرنا ہے؟", "کل کے لیے ایک کام ہے۔"),
        ("kal ke kaam dikhao", "Kal ke liye aik kaam hai."),
        ("آج کے کام دکھاؤ", "آج کے لیے کوئی کام نہیں۔"),
    ] {
        assert_eq!(chat.say(sentence).await.answer, answer, "{sentence}");
    }
}

#[tokio::test]
async fn english_is_not_taken_for_urdu() {
    for sentence in [
        "what do I have to do today?",
        "add buy kale",
        "what is open?",
        "show my tasks",
        "I need to do the laundry",
    ] {
        let turn = chat().say(sentence).await;
        assert!(
            turn.answer.is_ascii() || turn.answer.starts_with(['A', 'Y']),
            "{turn:?}"
        );
    }
    let turn = chat().say("add a china vase").await;
    assert_eq!(turn.calls(), [r#"add_task title="A china vase""#]);
}
