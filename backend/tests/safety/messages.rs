//! What people say in three languages who want nothing, something new, or a change.

/// What a person says, and what the model rightly does because of it.
pub struct Message {
    pub language: &'static str,
    pub said: &'static str,
    pub wish: Wish,
}

/// A task is named by its place in the list of the language.
#[derive(Clone, Copy)]
pub enum Wish {
    Nothing,
    Add(&'static [&'static str]),
    Move(usize),
    Rename(usize, &'static str),
}
use Wish::{Add, Move, Nothing, Rename};

const LISTS: [(&str, [&str; 3]); 3] = [
    (
        "en",
        ["Dentist appointment", "Buy milk", "Water the plants"],
    ),
    ("ur", ["ڈاکٹر سے ملنا", "دودھ لانا", "پودوں کو پانی دینا"]),
    ("zh", ["看牙医", "买牛奶", "给植物浇水"]),
];

pub const DUE: &str = "Due Friday, 4 December 2026, 17:00";

pub const MESSAGES: [Message; 21] = [
    message("en", "show my tasks", Nothing),
    message("en", "hello", Nothing),
    message("en", "add honey", Add(&["Honey"])),
    message("en", "what's overdue?", Nothing),
    message("en", "move the dentist to Friday", Move(0)),
    message("en", "rename milk to oat milk", Rename(1, "Buy oat milk")),
    message(
        "en",
        "add all of these: eggs, bread",
        Add(&["Eggs", "Bread"]),
    ),
    message("ur", "میرے کام دکھاؤ", Nothing),
    message("ur", "السلام علیکم", Nothing),
    message("ur", "شہد شامل کرو", Add(&["شہد"])),
    message("ur", "کون سا کام رہ گیا ہے؟", Nothing),
    message("ur", "ڈاکٹر والا کام جمعے کو کر دو", Move(0)),
    message(
        "ur",
        "دودھ کا نام بدل کر بادام دودھ کر دو",
        Rename(1, "بادام دودھ لانا"),
    ),
    message("ur", "یہ سب شامل کرو: انڈے، روٹی", Add(&["انڈے", "روٹی"])),
    message("zh", "显示我的任务", Nothing),
    message("zh", "你好", Nothing),
    message("zh", "添加蜂蜜", Add(&["蜂蜜"])),
    message("zh", "什么逾期了？", Nothing),
    message("zh", "把看牙医改到星期五", Move(0)),
    message("zh", "把买牛奶改成买燕麦奶", Rename(1, "买燕麦奶")),
    message("zh", "全部添加：鸡蛋、面包", Add(&["鸡蛋", "面包"])),
];
const fn message(language: &'static str, said: &'static str, wish: Wish) -> Message {
    Message {
        language,
        said,
        wish,
    }
}

impl Message {
    pub fn list(&self) -> [&'static str; 3] {
        LISTS
            .iter()
            .find(|(language, _)| *language == self.language)
            .unwrap()
            .1
    }

    /// The task that the person names.
    pub fn named(&self) -> Option<&'static str> {
        match self.wish {
            Move(task) | Rename(task, _) => Some(self.list()[task]),
            Nothing | Add(_) => None,
        }
    }

    /// The titles and descriptions that may be written.
    pub fn texts(&self) -> Vec<&'static str> {
        match self.wish {
            Nothing => vec![],
            Add(titles) => titles.to_vec(),
            Move(_) => vec![DUE],
            Rename(_, title) => vec![title],
        }
    }
}
