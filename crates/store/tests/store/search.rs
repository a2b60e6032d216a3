//! Tasks found by words.

use sqlx::{PgPool, Row as _, raw_sql};
use store::{
    Db,
    task::{Description, NewTask, SEARCH_MAX, Search, Sort, Status, Title},
    tasks::{self, ListQuery},
};

use crate::database::{add, execute};

fn words(text: &str) -> ListQuery {
    ListQuery {
        search: Search::parse(text).unwrap(),
        limit: 100,
        ..ListQuery::default()
    }
}

async fn found(db: &Db, text: &str) -> Vec<String> {
    let page = tasks::list(db, "alice", &words(text)).await.unwrap();
    assert_eq!(page.total, i64::try_from(page.tasks.len()).unwrap());
    page.tasks.into_iter().map(|task| task.title).collect()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_word_is_found_however_it_is_written(pool: PgPool) {
    let db = Db::from_pool(pool);
    for (title, searched) in [
        ("café", "CAFE"),
        ("Über", "uber"),
        ("Straße", "strasse"),
        ("ＡＤＤ", "add"),
        ("nai\u{308}ve", "naïve"),
        ("كتاب", "کتاب"),
        ("مَكتبة", "مکتبه"),
        ("قـــلم", "قلم"),
        ("İstanbul", "istanbul"),
        ("ISPARTA", "ısparta"),
        ("cœur", "coeur"),
        ("Æblegrød", "aeblegrod"),
        ("Łódź", "lodz"),
        ("ΟΔΟΣ", "οδός"),
        ("ЁЛКА", "елка"),
        ("don’t – stop", "don't - stop"),
        ("pay ５００", "500"),
        ("買い物リスト", "物リ"),
        ("re\u{ad}port", "report"),
        ("50% off_now \\ 'x'", "50% off_now \\ 'x'"),
    ] {
        add(&db, "alice", title).await;
        assert_eq!(found(&db, searched).await, [title], "{searched}");
        assert_eq!(found(&db, title).await, [title], "{title}");
    }
    for nowhere in ["5_0", "o%f", "%%", "_", "milk"] {
        let titles = found(&db, nowhere).await;
        assert!(
            titles.iter().all(|title| title.contains(nowhere)),
            "{nowhere}"
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_word_must_be_in_the_title_or_the_description(pool: PgPool) {
    let db = Db::from_pool(pool);
    let new = NewTask {
        title: Title::parse("Call the dentist").unwrap(),
        description: Description::parse("about Anna's\nbraces").unwrap(),
    };
    tasks::create(&db, "alice", &new).await.unwrap();
    add(&db, "alice", "Call mum").await;
    add(&db, "bob", "Call the dentist").await;
    for there in [
        "call anna",
        "BRACES, dentist",
        "dent",
        "(dentist)",
        "\u{200b} braces",
    ] {
        assert_eq!(found(&db, there).await, ["Call the dentist"], "{there}");
    }
    assert_eq!(found(&db, "call").await.len(), 2);
    assert_eq!(found(&db, "call rent").await.len(), 0);
    for everything in ["", "  ", "\u{200b}", "\u{301}"] {
        assert_eq!(found(&db, everything).await.len(), 2, "{everything:?}");
    }
    assert_eq!(found(&db, "call\0mum").await, ["Call mum"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn pages_of_a_search_hold_each_match_once_and_say_how_many_there_are(pool: PgPool) {
    execute(
        &pool,
        "insert into tasks (user_id, title, completed)
         select 'alice', case when i % 3 = 0 then 'Été ' else 'winter ' end || i, i % 2 = 0 from generate_series(1, 90) i",
    )
    .await;
    let db = Db::from_pool(pool);
    for sort in [Sort::Created, Sort::Title] {
        for (status, total) in [
            (Status::All, 30),
            (Status::Pending, 15),
            (Status::Completed, 15),
        ] {
            let mut query = ListQuery {
                status,
                sort,
                limit: 4,
                ..words("ete")
            };
            let mut seen = Vec::new();
            loop {
                let page = tasks::list(&db, "alice", &query).await.unwrap();
                assert_eq!(page.total, total);
                seen.extend(page.tasks.into_iter().map(|task| task.id));
                query.cursor = page.next;
                if query.cursor.is_none() {
                    break;
                }
            }
            let found = seen.len();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), found, "each once");
            assert_eq!(i64::try_from(found).unwrap(), total);
        }
    }
    let mut ete = words("ete");
    ete.limit = 1;
    let mut other = words("winter");
    other.cursor = tasks::list(&db, "alice", &ete).await.unwrap().next;
    assert!(
        tasks::list(&db, "alice", &other).await.is_err(),
        "a cursor of other words"
    );
}

#[test]
fn a_search_has_a_length() {
    let longest = "é".repeat(SEARCH_MAX);
    assert!(Search::parse(&format!(" {longest} ")).is_ok());
    let refused = Search::parse(&format!("{longest}x")).unwrap_err();
    assert_eq!((refused.field, refused.code), ("query", "too_long"));
}

/// Text of a predecessor may be of any form; what it wrote, and the release before this one, is found like all.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_task_that_another_program_writes_is_found(pool: PgPool) {
    execute(
        &pool,
        "insert into tasks (user_id, title, description) values ('alice', 'Crème brûlée', 'zwölf Eier');
         update tasks set title = 'Soufflé' where user_id = 'alice'",
    )
    .await;
    let db = Db::from_pool(pool);
    assert_eq!(found(&db, "souffle eier zwolf").await, ["Soufflé"]);
    assert_eq!(found(&db, "creme").await.len(), 0);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_database_folds_each_character_as_this_program_does(pool: PgPool) {
    // All but surrogates, private use, and what this PostgreSQL's version of Unicode does not have yet.
    let rows = raw_sql(
        "select i, folded('x' || chr(i) || 'x') from generate_series(1, 130000) i
         where case when i between 55296 and 63743 then false else unicode_assigned(chr(i)) end",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let rows: Vec<(i32, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert!(rows.len() > 60_000);
    let differs = rows.into_iter().filter(|(code, folded)| {
        let c = char::from_u32(u32::try_from(*code).unwrap()).unwrap();
        text::fold(&format!("x{c}x")) != *folded
    });
    let differs: Vec<_> = differs
        .map(|(code, folded)| format!("{code:x} {folded}"))
        .collect();
    assert!(differs.is_empty(), "{differs:?}");
}
