-- Words are found, and titles ordered, without regard to how they are written: `folded` is the form in which texts are
-- compared. `text::fold` in Rust does the same; a test compares them character by character. Only case is left to the
-- database: to its own rules (from PostgreSQL 17 on), to those of ICU, or, where it has neither, to its locale.
do $migration$
begin
    execute format($function$
create function folded(t text) returns text language sql immutable strict parallel safe as $$
    select case
        when octet_length(t) = char_length(t) and t !~ '[\u0001-\u001f\u007f`]' then lower(t collate %1$I)
        else replace(replace(replace(replace(translate(
            -- Control characters and line ends are spaces.
            regexp_replace(
                -- Accents, the vowel signs that Arabic and Hebrew may leave out, and what cannot be seen.
                regexp_replace(lower(normalize(t, NFKD) collate %1$I),
                    '[\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5\u05c7\u0610-\u061a'
                    '\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7-\u06e8\u06ea-\u06ed\u0711'
                    '\u0730-\u074a\u07a6-\u07b0\u07eb-\u07f3\u07fd\u0816-\u0819\u081b-\u0823\u0825-\u0827\u0829-\u082d'
                    '\u0859-\u085b\u0897-\u089f\u08ca-\u08e1\u08e3-\u08ff\u115f-\u1160\u17b4-\u17b5\u180b-\u180f'
                    '\u1ab0-\u1ace\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20f0\ufe00-\ufe0f'
                    '\ufe20-\ufe2f\ufeff\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]', '', 'g'),
                '[\u0001-\u001f\u007f-\u009f\u1680\u2028\u2029]', ' ', 'g'),
            -- Variants of letters and digits, quotation marks, dashes.
            'øıłđðħŧŋς'
                || U&'\0671\064A\0649\06D0\0643\06AA\0629\0647\06C3\06D5\06BE\0660\0661\0662\0663\0664\0665\0666\0667\0668'
                '\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9\0966\0967\0968\0969\096A\096B\096C\096D\096E'
                '\096F\09E6\09E7\09E8\09E9\09EA\09EB\09EC\09ED\09EE\09EF'
                || '‘’‛ʼʹ′`“”„‟«»‐‒–—―−',
            'oilddhtnσ'
                || U&'\0627\06CC\06CC\06CC\06A9\06A9\06C1\06C1\06C1\06C1\06C10123456789012345678901234567890123456789'
                || '''''''''''''''""""""------'),
            'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
        end
$$
    $function$, coalesce((
        select collname from pg_collation
        where collname in ('pg_c_utf8', 'und-x-icu')
            and collencoding in (-1, pg_char_to_encoding(getdatabaseencoding()))
        order by collname limit 1
    ), 'default'));
end $migration$;

-- Patterns that all match a folded text in which each word of the query stands, be it as a part of a longer word: scripts
-- without spaces and languages that join their words need that. Marks around a word are no part of it.
create function search_patterns(query text) returns text[] language sql immutable strict parallel safe as $$
    select coalesce(array_agg('%' || regexp_replace(
        coalesce(nullif(btrim(word, '.,;:!?()"''،؛؟、。'), ''), word), '([\\%_])', '\\\1', 'g'
    ) || '%'), '{}')
    from unnest(string_to_array(folded(query), ' ')) word where word <> ''
$$;

-- A column that a predecessor left under the new name stays, under another.
do $$
begin
    if exists (select from pg_attribute
        where attrelid = 'tasks'::regclass and attname = 'search_text' and not attisdropped) then
        alter table tasks alter column search_text drop not null;
        alter table tasks rename column search_text to former_search_text;
    end if;
end $$;

-- Generated, so that it is right whoever writes a task: the release before this one, or a predecessor.
alter table tasks add column search_text text collate "C" not null
    generated always as (folded(title || ' ' || coalesce(description, ''))) stored;

-- It follows from the rest, so the log does not hold it.
create or replace function logged_fields(t tasks) returns jsonb language sql stable as $$
    select to_jsonb(t) - '{id,user_id,search_text}'::text[]
$$;

drop index if exists tasks_by_title;
create index tasks_by_title on tasks (user_id, left(folded(title), 200) collate "C", id);
