//! What is said to somebody who does not write English: that English is understood here, in their own language where
//! it is known.

use crate::text::{is_in, search};

/// Letters of a script, and what is said to those who write it. The first that fits holds.
#[rustfmt::skip]
const SCRIPTS: [(&str, &str); 7] = [
    ("[ةيكىأإ]", "أفهم الإنجليزية فقط. النموذج اللغوي الذي يمكن إعداده لهذا التطبيق يفهم العربية."),
    ("[\u{600}-\u{6ff}\u{750}-\u{77f}\u{fb50}-\u{fdff}]", "معاف کیجیے، میں صرف انگریزی سمجھتا ہوں۔ اس ایپ کے لیے ترتیب دیا گیا لینگویج ماڈل اردو بھی سمجھتا ہے۔"),
    ("[\u{900}-\u{97f}]", "माफ़ कीजिए, मैं केवल अंग्रेज़ी समझता हूँ। इस ऐप के लिए चुना गया भाषा मॉडल हिन्दी भी समझता है।"),
    ("[\u{400}-\u{4ff}]", "Я понимаю только английский. Настроенная языковая модель понимает и ваш язык."),
    ("[\u{3040}-\u{30ff}]", "英語しかわかりません。設定された言語モデルなら日本語もわかります。"),
    ("[\u{ac00}-\u{d7af}]", "저는 영어만 이해합니다. 설정된 언어 모델은 한국어도 이해합니다."),
    ("[\u{4e00}-\u{9fff}]", "我只懂英语。配置好的语言模型能听懂中文。"),
];

/// Words of a language that are no English ones, and what is said to those who use them.
#[rustfmt::skip]
const WORDS: [(&str, &str); 7] = [
    ("aaj agle aur baad baje baqi batao bhai chahiye daal dikhao dobara doodh ek fehrist ghante haan hafte hai hain hata hatao hoon jumma kaam kaamon kab kaise kal kar karna karo kaun ke khatam khol khulasa ki kitne ko koi kon kya lana madad mausam mein mera mere meri mujhe mukammal nahi nahin naya parson roti rozana sab salam assalam shaam shukriya subah theek tum wala wali yaad yaar yeh", "Maaf kijiye, main sirf English samajhta hoon. Is app ke liye set kiya gaya language model Urdu bhi samajhta hai."),
    ("ich und nicht bitte aufgabe aufgaben mir mich ist sind zeig zeige heute morgen lösche hinzu füge meine einen eine der das erledigt hallo danke", "Ich verstehe nur Englisch. Ein eingerichtetes Sprachmodell versteht auch Deutsch."),
    ("je les des une mes tâche tâches bonjour merci ajoute ajouter supprime montre quelles aujourd'hui demain à et moi acheter s'il", "Je ne comprends que l'anglais. Un modèle de langue configuré comprend aussi le français."),
    ("hola gracias tarea tareas añade agrega agregar borra muestra mis qué cuáles hoy mañana por para comprar una", "Solo entiendo inglés. Un modelo de lenguaje configurado entiende también el español."),
    ("olá obrigado obrigada tarefa tarefas adiciona adicionar apaga mostra minhas hoje amanhã não comprar você uma", "Só entendo inglês. Um modelo de linguagem configurado entende também português."),
    ("ciao grazie attività aggiungi cancella mostrami mostra oggi domani sono mie cosa comprare che della una il", "Capisco solo l'inglese. Un modello linguistico configurato capisce anche l'italiano."),
    ("merhaba teşekkürler görev görevler görevleri ekle sil göster bugün yarın için ve bir bana süt", "Yalnızca İngilizce anlıyorum. Yapılandırılmış bir dil modeli Türkçe de anlar."),
];

/// How much of a message is looked at.
const BYTES: usize = 400;
const UNKNOWN: &str = "Sorry, I understand English only. A language model that is set up in my place understands your language.";

/// What to say to a message that is no order in English, if it is in another language.
pub(crate) fn foreign(message: &str) -> Option<&'static str> {
    let message = message
        .get(..message.floor_char_boundary(BYTES))
        .unwrap_or(message);
    let letters = || message.chars().filter(|c| c.is_alphabetic());
    let beyond_latin = letters().filter(|c| *c > '\u{370}').count();
    if beyond_latin > 0 && beyond_latin * 2 >= letters().count() {
        let mut scripts = SCRIPTS.iter();
        let known = scripts.find(|(script, _)| search(script).is_match(message));
        return Some(known.map_or(UNKNOWN, |(_, said)| *said));
    }
    let lower = message.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphabetic() && c != '\'');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let known = WORDS.iter().find(|(row, _)| {
        let hits = words.iter().filter(|word| is_in(row, word)).count();
        hits > 1 || (hits > 0 && hits * 2 >= words.len())
    });
    known.map(|(_, said)| *said)
}
