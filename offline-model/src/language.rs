//! Which language somebody writes who does not write English.

use crate::text::{is_in, search};

/// Languages, by the names of what is said to those who write them, and letters of their own. The first that fits holds.
#[rustfmt::skip]
const SCRIPTS: [(&str, &str); 7] = [
    ("arabic", "[ةيكىأإ]"),
    ("urdu", "[\u{600}-\u{6ff}\u{750}-\u{77f}\u{fb50}-\u{fdff}]"),
    ("hindi", "[\u{900}-\u{97f}]"),
    ("russian", "[\u{400}-\u{4ff}]"),
    ("japanese", "[\u{3040}-\u{30ff}]"),
    ("korean", "[\u{ac00}-\u{d7af}]"),
    ("chinese", "[\u{4e00}-\u{9fff}]"),
];

/// The same with words that are no English ones.
#[rustfmt::skip]
const WORDS: [(&str, &str); 7] = [
    ("roman urdu", "aaj agle aur baad baje baqi batao bhai chahiye daal dikhao dobara doodh ek fehrist ghante haan hafte hai hain hata hatao hoon jumma kaam kaamon kab kaise kal kar karna karo kaun ke khatam khol khulasa ki kitne ko koi kon kya lana madad mausam mein mera mere meri mujhe mukammal nahi nahin naya parson roti rozana sab salam assalam shaam shukriya subah theek tum wala wali yaad yaar yeh"),
    ("german", "ich und nicht bitte aufgabe aufgaben mir mich ist sind zeig zeige heute morgen lösche hinzu füge meine einen eine der das erledigt hallo danke"),
    ("french", "je les des une mes tâche tâches bonjour merci ajoute ajouter supprime montre quelles aujourd'hui demain à et moi acheter s'il"),
    ("spanish", "hola gracias tarea tareas añade agrega agregar borra muestra mis qué cuáles hoy mañana por para comprar una"),
    ("portuguese", "olá obrigado obrigada tarefa tarefas adiciona adicionar apaga mostra minhas hoje amanhã não comprar você uma"),
    ("italian", "ciao grazie attività aggiungi cancella mostrami mostra oggi domani sono mie cosa comprare che della una il"),
    ("turkish", "merhaba teşekkürler görev görevler görevleri ekle sil göster bugün yarın için ve bir bana süt"),
];

/// How much of a message is looked at.
const BYTES: usize = 400;

/// The name of what is said to a message that is no order in English, if it is in another language.
pub(crate) fn foreign(message: &str) -> Option<&'static str> {
    let start = message.floor_char_boundary(BYTES);
    let lower = message.get(..start).unwrap_or(message).to_lowercase();
    let letters = lower.chars().filter(|c| c.is_alphabetic());
    let beyond_latin = letters.clone().filter(|c| *c > '\u{370}').count();
    if beyond_latin > 0 && beyond_latin * 2 >= letters.count() {
        let mut scripts = SCRIPTS.iter();
        let known = scripts.find(|(_, script)| search(script).is_match(&lower));
        return Some(known.map_or("foreign", |(name, _)| *name));
    }
    let words = lower.split(|c: char| !c.is_alphabetic() && c != '\'');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let known = WORDS.iter().find(|(_, row)| {
        let hits = words.iter().filter(|word| is_in(row, word)).count();
        hits > 1 || (hits > 0 && hits * 2 >= words.len())
    });
    known.map(|(name, _)| *name)
}
