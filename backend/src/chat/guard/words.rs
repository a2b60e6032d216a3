//! The words by which people say what is to be done, in the languages that people use most.
//!
//! A language that is missing here costs a click: what its words ask for is asked back where
//! something would be deleted, and goes by the names of tasks alone elsewhere.

use std::{collections::HashMap, sync::LazyLock};

use super::text::fold;

/// What a word asks for, or what it is good for. A set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Kinds(u16);

impl Kinds {
    pub const NONE: Self = Self(0);
    pub const ADD: Self = Self(1);
    pub const COMPLETE: Self = Self(1 << 1);
    pub const REOPEN: Self = Self(1 << 2);
    pub const CHANGE: Self = Self(1 << 3);
    pub const DELETE: Self = Self(1 << 4);
    /// To look, and nothing else.
    pub const READ: Self = Self(1 << 5);
    /// To leave something alone.
    pub const KEEP: Self = Self(1 << 6);
    /// "Remind me to delete the photos" asks for nothing to be deleted.
    const HIDES_LATER: Self = Self(1 << 7);
    pub const NOT: Self = Self(1 << 8);
    pub const ALL: Self = Self(1 << 9);
    pub const REFERS: Self = Self(1 << 10);
    pub const AGREES: Self = Self(1 << 11);
    /// Means a task, as in "task 5".
    pub const TASK: Self = Self(1 << 12);
    /// Says nothing about which task is meant.
    pub const EMPTY: Self = Self(1 << 13);
    /// Begins another thought.
    pub const AND: Self = Self(1 << 14);
    /// What follows is left out: "all except the milk".
    pub const EXCEPT: Self = Self(1 << 15);

    const DEEDS: Self = Self(0x7f);
    pub const ADD_ONLY: Self = Self(Self::ADD.0 | Self::HIDES_LATER.0);

    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Only what is asked for.
    pub const fn deeds(self) -> Self {
        Self(self.0 & Self::DEEDS.0)
    }

    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    pub const fn hides_later(self) -> bool {
        self.has(Self::HIDES_LATER)
    }
}

/// Words; one that ends in `*` stands for everything that begins with it.
const TABLE: &[(Kinds, &str)] = &[
    (
        Kinds::ADD_ONLY,
        "add adds adding added create* insert remind reminds remember jot hinzu* erinner* erstell* anleg* ajout* cree creer \
         rappel* anad* agreg* crea crear recuerd* adicion* cria criar lembr* aggiung* ricord* toevoeg* voeg herinner* ekle* \
         olustur* hatirlat* dodaj* добав* создай* напомни* شامل اضافہ بناو بناؤ ڈالو ڈال یاد لکھو shamil dalo daal banao likho yaad \
         जोड़* याद बनाओ बनाएं أضف اضف ذكرني أنشئ یادآوری 添加 新增 加入 提醒 追加 登録 추가* เพิ่ม",
    ),
    (
        Kinds::ADD,
        "need needs must should gotta have want put make set new schedule plan save enter log write muss sollte brauche chahiye \
         چاہیے kharidna khareedna",
    ),
    (
        Kinds::COMPLETE,
        "complet* finish* done did tick ticked check checked checking cross crossed strike struck accomplish* achieved close \
         closed closing bought paid sent wrote got went took made met sold cooked erledig* fertig abgeschlossen abhak* gemacht \
         hake fait finis* terminer terminado acheve* hecho hecha acab* feito feita concluir concluido fatto fatta finit* klaar \
         gedaan afgerond afvink* tamamla* bitir* bitti yapildi zrobion* выполн* законч* сделал* готово مکمل پورا پوری ہوگیا گیا \
         گئی لیا لی چکا چکی چکے ختم mukammal hogaya hogayi gaya liya chuka khatam पूरा पूरी किया गया लिया اكمل أكمل أكملت اكتمل \
         انتهيت أنهيت 完成 做完 办完 完了 終わ 済み 완료* 끝* เสร็จ",
    ),
    (
        Kinds::REOPEN,
        "reopen* undone uncheck* unmark* untick* uncomplet* unfinish* incomplete wieder دوبارہ dobara 重新",
    ),
    (
        Kinds::CHANGE,
        "chang* renam* retitl* edit edits edited editing updat* modif* correct move moves moved moving reschedul* postpon* delay \
         push shift extend set make put rewrite rephrase replac* mark marked marking describ* reword* relabel* andern umbenenn* \
         verschieb* aktualisier* setz* change* renomm* deplac* cambi* renombr* muev* mover actualiz* mude mudar altere alterar \
         renome* atualiz* rinomin* spost* aggiorn* wijzig* hernoem* verplaats* degistir* guncelle* ertele* zmien* измени* \
         переимен* перенес* بدلو بدل بدلیں تبدیل ترمیم رکھو tabdeel badlo badal बदलो बदल बदलें غير غيّر عدل عدّل تغییر 修改 更改 \
         改成 改为 改到 重命名 推迟 変更 変え 修正 更新 변경* 수정* เปลี่ยน แก้ไข",
    ),
    (
        Kinds::DELETE,
        "delet* remov* erase erases erased drop drops dropped cancel* scratch discard* dismiss* rid purge wipe clear scrap throw \
         toss losch* entfern* streich streiche streichen weg storn* supprim* efface* enlev* retirer annuler elimin* borra* quita* \
         apag* excluir exclua cancell* rimuov* togli verwijder* wis schrap* sil siler* silin* kaldir* iptal usun usunac skasuj* \
         удали* убери* сотри* حذف ہٹاو ہٹاؤ ہٹا ہٹادو ہٹائیں مٹاو مٹاؤ مٹا مٹادو نکالو نکال منسوخ hatao hata mitao mita nikalo nikal \
         mansookh हटाओ हटा हटाएं मिटाओ मिटा احذف امسح الغ ألغ پاک 删除 删掉 刪除 去掉 移除 取消 削除 消し 消す 消して 取り消 삭제* \
         지워* 제거* ลบ",
    ),
    (
        Kinds::READ,
        "show shows showing display list what whats which how when where who whose why tell count view see look find search \
         overdue zeig* liste welche* was wann wie montre* affiche* quel* quoi muestra* mostrar lista cual* quais qual elenca* \
         quali toon welke wat goster* listele hangi pokaz* jakie покажи* какие что دکھاو دکھاؤ دکھا دکھائیں بتاو بتاؤ بتا کیا کون \
         کونسا کونسے کتنے کتنی فہرست dikhao dikha batao kya kaun kitne kitni दिखाओ दिखा बताओ क्या कितने اعرض أرني ماذا كم نشان \
         显示 看看 列出 什么 哪些 多少 見せ 表示 教えて 보여* แสดง",
    ),
    (
        Kinds::NOT,
        "not never dont doesnt didnt isnt arent wasnt wont cannot cant shouldnt nicht kein* nie ne pas jamais no nao nunca non \
         niet geen degil не нет مت نہ نہیں mat nahi nahin मत नहीं لا لم 不要 別 别 ない 没有",
    ),
    (
        Kinds::ALL,
        "all every everything both each alle alles jede* samtliche* tous toutes tout todos todas todo tudo tutti tutte tutto \
         allemaal hepsi hepsini tum tumu butun wszystk* все всё всех سب تمام سارے ساری سارا ہر sab sabhi saare sare tamam सब सभी \
         सारे كل جميع همه 全部 所有 都 全て すべて 全件 모두 모든 전부 ทั้งหมด",
    ),
    (
        Kinds::REFERS,
        "it its that this them those these they one ones same first second third fourth fifth last latter former other others both \
         previous es ihn diese dieser dieses diesen jene erste ersten zweite zweiten dritte dritten letzte letzten andere anderen \
         ca cela celui celle ceux premier premiere deuxieme dernier derniere autre eso ese esa esto este esta esos esas primero \
         primera segundo segunda tercero tercera ultimo ultima otro otra isso esse essa primeiro primeira questo quello quella \
         primo prima altro altra eerste tweede laatste onu bunu ilk ikinci son diger pierwsz* ostatni* это его её первый первую \
         второй вторую последн* اسے اسکو اس یہ وہ ان انہیں انکو پہلا پہلی پہلے والا والی والے دوسرا دوسری دوسرے تیسرا تیسری آخری \
         اسی ise usay isay isko usko inko unko unhe yeh ye woh wo pehla pehli doosra doosri dusra dusri teesra akhri wala wali \
         wale यह वह इसे उसे इन्हें पहला दूसरा आखिरी هذا هذه ذلك تلك الأول الثاني الأخير این آن 它 那个 这个 那個 第一 第二 第三 \
         最后 それ これ あれ 最初 二番目 最後 그것 이것 그거 이거 มัน อันนี้ อันนั้น",
    ),
    (
        Kinds::AGREES,
        "yes yeah yep yup sure ok okay go on ahead do it please proceed continue confirm confirmed agreed right exactly y again \
         try retry ja jawohl gerne bitte weiter genau oui accord si claro adelante sim vale va bene prego graag evet tamam tak \
         prosze да давай хорошо ہاں جی ہا ضرور ٹھیک ہے کرو کر دو کردو جاری رکھو آگے بڑھو haan han ji zaroor theek thik hai karo \
         kar do kardo jari rakho हाँ हां जी ठीक है करो نعم أجل حسنا بله 好 好的 是 是的 对 可以 继续 はい うん お願いします 네 예 응 ใช่",
    ),
    (
        Kinds::TASK,
        "task tasks todo todos item items number no nr id reminder aufgabe aufgaben nummer tache taches tarea tareas numero tarefa \
         tarefas attivita compito taak taken gorev numara zadanie задача задачу задачи номер ٹاسک نمبر کام kaam nambar कार्य काम \
         नंबर مهمة المهمة المهام رقم 任务 任務 待办 待辦 タスク やること 할일 작업 งาน",
    ),
    (
        Kinds::EMPTY,
        "the a an to of in on at my your our me us i we you he she with for from into onto about up out off over as is are was be \
         been am will would can could may might shall do does has had having than too also just so now still already some hello hi \
         hey thanks thank thx welcome morning evening night good great nice there here then today tomorrow yesterday monday \
         tuesday wednesday thursday friday saturday sunday week weeks month months day days hour hours minute minutes year years \
         time times late early due date deadline urgent priority high low medium title name description note notes detail details \
         status pending open instruction instructions ignore system assistant user prompt tool call calls calling called buy buys \
         buying get gets getting pay pays paying send sends sending fix fixed take go went write writes writing read order book \
         ask visit prepare organize organise bring pick anrufen kaufen kaufe acheter comprar appeler llamar comprare almak kupic \
         купить خریدو خریدنا خرید لینا لانا kharido khareedo lena lana खरीदना खरीदो شراء اشتر 购买 買 买 買う der die das den dem \
         ein eine einen im am um zu mit und oder ist sind ich wir du sie hallo danke heute morgen le la les un une des du de au aux \
         et ou est sont je tu il elle nous vous bonjour merci el los las una unos al del y o son hola gracias hoy manana os as uma \
         e ola obrigado hoje lo gli uno di da ciao grazie oggi domani een en van bir ve icin merhaba w na z в на и с привет \
         спасибо کو کا کی کے میں پر سے تک اور یا ہے ہیں تھا تھی مجھے میرا میری میرے ہم تم آپ آج کل شکریہ سلام کرنا ko ka ki ke \
         mein par se aur ya hain tha mujhe mera meri mere aap aaj kal shukriya salam karna को का की के में पर से और हैं मुझे मेरा \
         मेरी في من على و إلى ال هل می را به از در 的 了 把 为 を に は が で と の して する ください",
    ),
    (
        Kinds::AND,
        "and then but so because although while und dann aber weil et puis mais y luego pero depois mas poi en daarna maar ve \
         sonra ama oraz potem ale и потом но اور پھر لیکن مگر کیونکہ aur phir lekin magar और फिर लेकिन ثم لكن",
    ),
    (
        Kinds::EXCEPT,
        "except excepting besides excluding without ausser ohne sauf sans excepto exceto salvo tranne behalve haric oprocz кроме \
         سوائے علاوہ سوا siwaye ilawa alawa सिवाय अलावा إلا عدا 除了 以外",
    ),
];

struct Tables {
    whole: HashMap<String, Kinds>,
    beginnings: HashMap<String, Kinds>,
    /// Of scripts that put no space between words.
    unspaced: Vec<(String, Kinds)>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables {
        whole: HashMap::new(),
        beginnings: HashMap::new(),
        unspaced: Vec::new(),
    };
    for (kinds, words) in TABLE {
        for word in words.split_whitespace() {
            let beginning = word.strip_suffix('*');
            let word = fold(beginning.unwrap_or(word));
            if word.chars().any(super::text::unspaced) {
                tables.unspaced.push((word, *kinds));
                continue;
            }
            let table = if beginning.is_some() {
                &mut tables.beginnings
            } else {
                &mut tables.whole
            };
            let known = table.entry(word).or_default();
            *known = known.with(*kinds);
        }
    }
    tables
        .unspaced
        .sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    tables
});

/// What a folded word is good for.
pub(super) fn kinds_of(word: &str) -> Kinds {
    let whole = TABLES.whole.get(word).copied().unwrap_or_default();
    let beginnings = word.char_indices().map(|(at, c)| at + c.len_utf8());
    beginnings
        .filter_map(|end| TABLES.beginnings.get(word.get(..end)?))
        .fold(whole, |kinds, more| kinds.with(*more))
}

/// What stands in a run of a script without spaces, and what is left of it without those words.
pub(super) fn kinds_in(run: &str) -> (Kinds, String) {
    let mut kinds = Kinds::NONE;
    let mut rest = run.to_owned();
    for (word, more) in &TABLES.unspaced {
        if rest.contains(word.as_str()) {
            kinds = kinds.with(*more);
            rest = rest.replace(word.as_str(), " ");
        }
    }
    (kinds, rest)
}

/// Words for the numbers up to ten.
pub(super) fn number_word(word: &str) -> Option<i64> {
    static NUMBERS: LazyLock<HashMap<String, i64>> = LazyLock::new(|| {
        const LISTS: [&str; 6] = [
            "one two three four five six seven eight nine ten",
            "eins zwei drei vier funf sechs sieben acht neun zehn",
            "uno dos tres cuatro cinco seis siete ocho nueve diez",
            "ایک دو تین چار پانچ چھ سات آٹھ نو دس",
            "aik do teen char paanch chay saat aath nau das",
            "एक दो तीन चार पांच छह सात आठ नौ दस",
        ];
        let numbered = LISTS
            .iter()
            .flat_map(|list| (1..).zip(list.split_whitespace()));
        numbered
            .map(|(number, word)| (fold(word), number))
            .collect()
    });
    NUMBERS.get(word).copied()
}
