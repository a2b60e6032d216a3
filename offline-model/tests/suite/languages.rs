//! Other languages than English, and who it is.

use crate::player::Chat;

#[tokio::test]
async fn it_says_in_their_language_that_it_understands_english() {
    for (start, sentences) in [
        (
            "معاف کیجیے، میں صرف انگریزی",
            &[
                "روٹی لانا شامل کرو",
                "کام 2 حذف کرو",
                "کیا باقی ہے؟",
                "السلام علیکم",
                "آج موسم کیسا ہے",
            ][..],
        ),
        (
            "Maaf kijiye, main sirf English",
            &[
                "roti lana add karo",
                "mere kaam dikhao",
                "kya baqi hai?",
                "milk wala kaam mukammal karo",
                "kaam 2 delete karo",
                "shukriya",
                "aaj mausam kaisa hai yaar",
            ],
        ),
        ("أفهم الإنجليزية فقط", &["أضف حليب إلى القائمة"]),
        (
            "Ich verstehe nur Englisch",
            &["zeig mir meine Aufgaben", "Füge Milch kaufen hinzu, bitte"],
        ),
        (
            "Je ne comprends que",
            &["montre mes tâches", "ajoute acheter du lait pour demain"],
        ),
        (
            "Solo entiendo inglés",
            &["muestra mis tareas", "añade comprar leche"],
        ),
        ("Só entendo inglês", &["mostra minhas tarefas"]),
        ("Capisco solo", &["mostrami le mie attività"]),
        ("Yalnızca İngilizce", &["bana görevleri göster"]),
        ("Я понимаю только", &["добавь молоко"]),
        ("माफ़ कीजिए", &["दूध लाना जोड़ो"]),
        ("我只懂英语", &["添加牛奶"]),
        ("英語しか", &["牛乳を買うを追加して"]),
        ("저는 영어만", &["우유 추가해 줘"]),
        (
            "Sorry, I understand English only.",
            &["προσθέστε γάλα", "הוסף חלב"],
        ),
    ] {
        for sentence in sentences {
            let turn = Chat::groceries().say(sentence).await;
            assert!(
                turn.answer.starts_with(start),
                "{sentence}: {}",
                turn.answer
            );
            assert_eq!(turn.calls(), [""; 0], "{sentence}");
            assert!(!turn.answer.contains("that is beyond me"), "{sentence}");
        }
    }
}

#[tokio::test]
async fn an_english_order_may_name_a_task_in_any_language() {
    for (sentence, call) in [
        ("add روٹی لانا", r#"add_task title="روٹی لانا""#),
        ("add “Milch kaufen”", r#"add_task title="Milch kaufen""#),
        ("remind me to buy kale", r#"add_task title="Buy kale""#),
        ("add a china vase", r#"add_task title="A china vase""#),
        (
            "add pay for das Auto",
            r#"add_task title="Pay for das Auto""#,
        ),
    ] {
        let turn = Chat::groceries().say(sentence).await;
        assert_eq!(turn.calls(), [call], "{sentence}: {turn:?}");
    }
    let mut chat = Chat::with(&["دودھ لانا", "دودھ پینا"]);
    chat.say("delete دودھ").await;
    let turn = chat.say("دودھ پینا").await;
    assert_eq!(turn.answer, "Deleted #2 “دودھ پینا”.");
}

#[tokio::test]
async fn it_says_what_it_is_when_asked() {
    for sentence in [
        "who are you?",
        "what are you",
        "Are you ChatGPT?",
        "are you a robot",
        "hi, are you an AI?",
        "what model are you?",
        "which language model is this?",
        "what's your name?",
    ] {
        let turn = Chat::groceries().say(sentence).await;
        assert!(
            turn.answer.starts_with("I am the offline model"),
            "{sentence}: {turn:?}"
        );
        assert_eq!(turn.calls(), [""; 0]);
    }
}
