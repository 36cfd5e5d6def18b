//! What is typed, what the server is asked for it, and what is said of mistakes.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::filter::Filter;

fn fields() -> Vec<Field> {
    let field = |name: &str, kind| Field { name: name.into(), kind, items: None, allowed: Vec::new() };
    vec![
        field("id", Some(Kind::String)),
        field("title", Some(Kind::String)),
        field("views", Some(Kind::Integer)),
        Field { items: Some(Kind::String), ..field("tags", Some(Kind::Array)) },
        field("done", Some(Kind::Boolean)),
        Field { allowed: vec![json!("draft"), json!("in review")], ..field("status", Some(Kind::String)) },
        field("meta", Some(Kind::Object)),
        field("extra", None),
        field("createdBy", Some(Kind::String)),
        field("createdAt", Some(Kind::Date)),
    ]
}

fn asked(text: &str) -> Result<Option<Value>, Error> {
    let fields = fields();
    let fields: Vec<_> = fields.iter().collect();
    parse(text).expression?.map(|expression| condition(&expression, &fields)).transpose()
}

fn completed(text: &str) -> Option<String> {
    let fields = fields();
    complete(text, "", &fields.iter().collect::<Vec<_>>()).map(|completion| completion.whole)
}

#[test]
fn comparisons_become_conditions_with_values_of_the_columns_type() {
    for (text, condition) in [
        ("title = 10", json!({"title": "10"})),
        ("views>=10", json!({"views": {"$gte": 10}})),
        ("views > 10 and done = true", json!({"views": {"$gt": 10}, "done": true})),
        ("views>1 views<9", json!({"views": {"$gt": 1, "$lt": 9}})),
        ("views = 1 and views = 2", json!({"$and": [{"views": 1}, {"views": 2}]})),
        ("title ~ a.b", json!({"title": {"$regex": "a\\.b", "$options": "i"}})),
        ("title !~ \"a b\"", json!({"$not": {"title": {"$regex": "a b", "$options": "i"}}})),
        ("tags ~ cat", json!({"tags": "cat"})),
        ("tags in (a, \"b c\")", json!({"tags": {"$in": ["a", "b c"]}})),
        ("views not in (1,2)", json!({"$not": {"views": {"$in": [1, 2]}}})),
        ("extra = null", json!({"extra": null})),
        ("extra = \"null\"", json!({"extra": "null"})),
        ("extra != 4", json!({"extra": {"$ne": 4}})),
        ("createdAt >= 2026-10-01", json!({"createdAt": {"$gte": "2026-10-01"}})),
        ("meta.name = Ann", json!({"meta.name": "Ann"})),
        ("views=1 OR done=false", json!({"$or": [{"views": 1}, {"done": false}]})),
        (
            "not (views=1 or views=2) not done=true",
            json!({"$and": [
                {"$not": {"$or": [{"views": 1}, {"views": 2}]}}, {"$not": {"done": true}}
            ]}),
        ),
        ("url = https://x?a=b", json!({"url": "https://x?a=b"})),
    ] {
        assert_eq!(asked(text), Ok(Some(condition)), "{text}");
    }
    assert_eq!(asked("  "), Ok(None));
}

#[test]
fn a_word_is_sought_in_text_and_arrays_and_a_number_in_numbers_too() {
    let found = asked("cat").expect("read").expect("a filter").to_string();
    assert!(found.contains(r#"{"title":{"$regex":"cat","$options":"i"}}"#) && found.contains(r#"{"tags":"cat"}"#));
    assert!(!found.contains("views") && !found.contains("createdBy"), "{found}");
    assert!(asked("42").expect("read").expect("a filter").to_string().contains(r#"{"views":42}"#));
    let both = asked("cats \"in hats\"").expect("read").expect("a filter");
    assert_eq!(both["$and"].as_array().map(Vec::len), Some(2));
}

#[test]
fn what_is_wrong_is_said_where_it_is() {
    for (text, place, part) in [
        ("views > ten", "ten", "views holds numbers"),
        ("done = yes and views > 1", "yes", "true and false"),
        ("createdAt > soon", "soon", "2026-10-01"),
        ("tags > 3", "tags", "no order"),
        ("views ~ 3", "views", "holds no text"),
        ("views > \"3\"", "\"3\"", "numbers"),
        ("title = (", "(", "a value for title is missing before this"),
        ("a) b", ")", "no ("),
        ("= 3", "=", "a column is missing"),
        ("title = a and or b = c", "or", "missing before this"),
        ("a..b = 3", "a..b", "not the name"),
        ("meta = 3", "3", "meta.title"),
    ] {
        let error = asked(text).expect_err(text);
        assert_eq!(&text[error.place.clone()], place, "{text}: {error:?}");
        assert!(error.message.contains(part), "{text}: {error:?}");
    }
    for unfinished in ["title =", "title = \"a", "(views = 1", "views = 1 and", "tags in (a", "not"] {
        let error = asked(unfinished).expect_err(unfinished);
        assert_eq!(error.place.end, unfinished.len(), "{unfinished}");
    }
    assert!(asked(&"(".repeat(10_000)).is_err_and(|error| error.message.contains("too deeply")));
    assert!(asked(&"not ".repeat(10_000)).is_err_and(|error| error.message.contains("too deeply")));
}

#[test]
fn columns_operators_and_values_are_completed() {
    for (text, whole) in [
        ("ti", Some("title ")),
        ("createda", Some("createdAt ")),
        ("title", Some("title ~ ")),
        ("title ", Some("title ~ ")),
        ("createdAt ", Some("createdAt >= ")),
        ("status ", Some("status = ")),
        ("status = ", Some("status = draft ")),
        ("status = i", None),
        ("status = \"i", None),
        ("status = d", Some("status = draft ")),
        ("done = f", Some("done = false ")),
        ("views > 3 ", Some("views > 3 and ")),
        ("views > 3 o", Some("views > 3 or ")),
        ("views > 3 and d", Some("views > 3 and done ")),
        ("(not vi", Some("(not views ")),
        ("tags in (a, ", None),
        ("", None),
        ("views > 3", None),
    ] {
        assert_eq!(completed(text).as_deref(), whole, "{text:?}");
    }
    let fields = fields();
    let fields: Vec<_> = fields.iter().collect();
    assert_eq!(hint("done = ", &fields).as_deref(), Some("true  false"));
    assert_eq!(hint("views ", &fields).as_deref(), Some(">  >=  <  <=  =  !=  in ("));
}

#[test]
fn with_something_behind_it_only_the_word_itself_is_completed() {
    let fields = fields();
    let fields: Vec<_> = fields.iter().collect();
    for (text, behind, whole) in [
        ("ti", " = x", Some("title")),
        ("ti", "=x", Some("title")),
        ("title", " = x", None),
        ("title ", "~ x", None),
        ("status = dr", " and done = true", Some("status = draft")),
        ("views > 3 a", " done = true", Some("views > 3 and")),
        ("(vi", ")", Some("(views")),
        ("\"ti", "\" x", None),
        ("ti", "  ", Some("title ")),
    ] {
        let completed = complete(text, behind, &fields).map(|completion| completion.whole);
        assert_eq!(completed.as_deref(), whole, "{text:?} {behind:?}");
    }
}

#[test]
fn a_word_ends_before_what_is_none_of_it() {
    for (text, place, end) in
        [("title=x", 2, 5), ("a  b", 1, 1), ("a b", 2, 3), ("größe > 1", 4, 7), ("in (a,b)", 4, 5)]
    {
        assert_eq!(word_end(text, place), end, "{text}");
    }
}

#[test]
fn a_word_that_may_become_a_column_is_not_sought_yet() {
    let fields = fields();
    let fields: Vec<_> = fields.iter().collect();
    for (text, typed) in [
        ("ti", true),
        ("title", true),
        ("title ", true),
        ("other ", false),
        ("tit x", false),
        ("tita", false),
        ("cat an", true),
        ("an", false),
    ] {
        assert_eq!(complete::is_being_typed(text, &fields), typed, "{text}");
    }
}

fn literal(text: &'static str) -> impl Strategy<Value = Literal> {
    let keyword = |text: &str| ["and", "or", "not"].iter().any(|word| text.eq_ignore_ascii_case(word));
    let bare = text.prop_filter("no keyword", move |text: &String| !keyword(text));
    let quoted = "[ -~é]{0,6}";
    prop_oneof![
        bare.prop_map(|text| Literal { text, quoted: false, place: 0..0 }),
        quoted.prop_map(|text| Literal { text, quoted: true, place: 0..0 }),
    ]
}

fn column() -> impl Strategy<Value = Literal> {
    "[a-z]{1,5}(\\.[a-z]{1,3})?"
        .prop_filter("no keyword", |text| !["and", "or", "not"].contains(&text.as_str()))
        .prop_map(|text| Literal { text, quoted: false, place: 0..0 })
}

fn expression() -> impl Strategy<Value = Expression> {
    let operator = (0..Operator::ALL.len()).prop_map(|index| Operator::ALL[index].1);
    let value = || literal("[a-z0-9é][a-z0-9=<!~é-]{0,5}");
    let leaf = prop_oneof![
        literal("[a-z0-9é-]{1,6}").prop_map(Expression::Word),
        (column(), operator, value())
            .prop_map(|(column, operator, value)| Expression::Compare(column, operator, value)),
        (column(), prop::collection::vec(value(), 1..4)).prop_map(|(column, values)| Expression::In(column, values)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::Any),
            inner.prop_map(|inner| Expression::Not(Box::new(inner))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_reads_back(expression in expression()) {
        let text = expression.to_string();
        prop_assert_eq!(parse(&text).expression, Ok(Some(expression)), "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place_in_it(text in "([ -~é日]{0,4}|title|views|tags| (and|or|not|in) |[=<>~!()\",])(.{0,3}| ){0,6}") {
        let fields = fields();
        let fields: Vec<_> = fields.iter().collect();
        if let Err(error) = asked(&text) {
            prop_assert!(text.get(error.place).is_some(), "{}", text);
        }
        let _ = (complete(&text, "", &fields), hint(&text, &fields), complete::is_being_typed(&text, &fields));
    }

    #[test]
    fn what_is_asked_is_a_filter_that_the_server_takes(
        text in "(([ -~é]{0,6}|(views|done|title|new)( ?)(=|!=|<|>=|~)( ?)(null|true|-?[0-9]{1,3}|\"[a-z ]*\"?)|and|or|\\(|\\))( )){0,5}"
    ) {
        if let Ok(Some(condition)) = asked(&text) {
            prop_assert!(Filter::parse(&condition).is_ok(), "{}: {}", text, condition);
        }
    }

    #[test]
    fn what_is_completed_begins_as_it_was_typed(text in "(ti|title|views|done|status|=|>|tr|and|or|in|\\(| ){0,8}") {
        if let Some(whole) = completed(&text) {
            prop_assert!(whole.to_lowercase().starts_with(&text.to_lowercase()), "{:?} {:?}", text, whole);
        }
    }
}
