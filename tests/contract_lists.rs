//! What list calls take and give: sections 3.4 and 3.5 of the contract, case by case.

mod harness;

use harness::posts::{create, list, posts, titles};
use serde_json::json;

// 3.4 List parameters

#[tokio::test]
async fn lists_are_newest_first_and_pages_of_twenty() {
    let (backend, dev) = posts().await;
    for n in 0..22 {
        create(&backend, &dev, json!({"title": format!("{n:02}")})).await;
    }
    let page = list(&backend, &dev, &[]).await;
    assert_eq!(page["items"].as_array().map(Vec::len), Some(20));
    assert_eq!(page["items"][0]["title"], "21");
    assert_eq!(page["pagination"]["limit"], 20);
    let oldest = list(&backend, &dev, &[("sortDirection", "asc"), ("limit", "1")]).await;
    assert_eq!(oldest["items"][0]["title"], "00");
    let second = list(&backend, &dev, &[("offset", "20")]).await;
    assert_eq!((&second["pagination"]["page"], &second["items"][0]["title"]), (&json!(2), &json!("01")));
}

#[tokio::test]
async fn a_limit_above_the_most_is_clamped_and_what_cannot_be_read_is_the_default() {
    let (backend, dev) = posts().await;
    for (limit, effective) in [("200", 100), ("100", 100), ("0", 20), ("-5", 20), ("x", 20), ("", 20), ("1", 1)] {
        let page = list(&backend, &dev, &[("limit", limit)]).await;
        assert_eq!(page["pagination"]["limit"], effective, "{limit}");
    }
    for page in ["0", "-1", "x", ""] {
        assert_eq!(list(&backend, &dev, &[("page", page)]).await["pagination"]["page"], 1, "{page}");
    }
}

#[tokio::test]
async fn any_column_sorts_and_ties_follow_the_id() {
    let (backend, dev) = posts().await;
    for (title, views) in [("b", 2), ("a", 1), ("d", 2), ("c", 3)] {
        create(&backend, &dev, json!({"title": title, "views": views, "meta": {"rank": -views}})).await;
    }
    let up = [("sortBy", "views"), ("sortDirection", "asc")];
    assert_eq!(titles(&backend, &dev, &up).await, ["a", "b", "d", "c"]);
    assert_eq!(titles(&backend, &dev, &[("sortBy", "views")]).await, ["c", "d", "b", "a"]);
    assert_eq!(
        titles(&backend, &dev, &[("sortBy", "meta.rank"), ("sortDirection", "asc")]).await,
        ["c", "b", "d", "a"]
    );
    assert_eq!(
        titles(&backend, &dev, &[("sortBy", "createdAt"), ("sortDirection", "asc")]).await,
        ["b", "a", "d", "c"]
    );
    assert_eq!(titles(&backend, &dev, &[("sortBy", "nowhere")]).await.len(), 4, "an unknown column is not an error");
    assert_eq!(titles(&backend, &dev, &[("sortBy", "")]).await, ["c", "d", "a", "b"]);
    let refused = backend.get("/v1/data/posts").query(&[("sortBy", "$where")]).key(&dev.key).send().await;
    assert_eq!(refused.status, 400, "{}", refused.text);
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_400() {
    let (backend, dev) = posts().await;
    for filter in ["{", "x", "[]", "1", "\"title\""] {
        let answer = backend.get("/v1/data/posts").query(&[("andFilters", filter)]).key(&dev.key).send().await;
        let body = answer.expect_error(400, "data/validation-error");
        assert_eq!(body["message"], "Invalid filter format", "{filter}");
    }
    for filter in [r#"{"a":{"$nope":1}}"#, r#"{"$where":"1"}"#, r#"{"a":{"$in":1}}"#, r#"{"a":{"$regex":"("}}"#] {
        let answer = backend.get("/v1/data/posts").query(&[("andFilters", filter)]).key(&dev.key).send().await;
        answer.expect_error(400, "data/validation-error");
    }
    assert_eq!(list(&backend, &dev, &[("andFilters", "{}")]).await["pagination"]["total"], 0);
    assert_eq!(list(&backend, &dev, &[("andFilters", "")]).await["pagination"]["total"], 0);
}

#[tokio::test]
async fn a_plus_in_a_query_is_a_space() {
    let (backend, dev) = posts().await;
    create(&backend, &dev, json!({"title": "a b"})).await;
    for query in ["%7B%22title%22:%22a+b%22%7D", "%7B%22title%22:%22a%20b%22%7D"] {
        let found = backend.get(&format!("/v1/data/posts?andFilters={query}")).key(&dev.key).send().await.expect(200);
        assert_eq!(found["pagination"]["total"], 1, "{query}");
    }
}

// 3.5 Filters

#[tokio::test]
async fn every_operator_selects_what_it_says() {
    let (backend, dev) = posts().await;
    for record in [
        json!({"title": "a", "views": 1, "date": "2025-01-19", "tags": ["red", "blue"], "published": true}),
        json!({"title": "b", "views": 2, "date": "2025-01-20", "tags": ["red"], "slug": "b"}),
        json!({"title": "c", "views": 3, "date": "2025-01-26", "meta": {"n": 5}}),
        json!({"title": "D", "views": null, "date": "2025-01-27", "tags": []}),
    ] {
        create(&backend, &dev, record).await;
    }
    for (filter, expected) in [
        (json!({"title": "a"}), vec!["a"]),
        (json!({"published": true}), vec!["a"]),
        (json!({"views": {"$eq": 2}}), vec!["b"]),
        (json!({"views": {"$ne": 2}}), vec!["a", "c", "D"]),
        (json!({"slug": {"$ne": null}}), vec!["b"]),
        (json!({"slug": null}), vec!["a", "c", "D"]),
        (json!({"views": {"$gt": 1}}), vec!["b", "c"]),
        (json!({"views": {"$gte": 1, "$lt": 3}}), vec!["a", "b"]),
        (json!({"views": {"$gt": "1"}}), vec![]),
        (json!({"views": "1"}), vec![]),
        (json!({"date": {"$gte": "2025-01-20", "$lte": "2025-01-26"}}), vec!["b", "c"]),
        (json!({"title": {"$in": ["a", "c", "x"]}}), vec!["a", "c"]),
        (json!({"title": {"$nin": ["a", "c"]}}), vec!["b", "D"]),
        (json!({"slug": {"$nin": ["b"]}}), vec!["a", "c", "D"]),
        (json!({"title": {"$regex": "^[a-c]$"}}), vec!["a", "b", "c"]),
        (json!({"title": {"$regex": "d", "$options": "i"}}), vec!["D"]),
        (json!({"title": {"$regex": "d"}}), vec![]),
        (json!({"slug": {"$exists": true}}), vec!["b"]),
        (json!({"meta": {"$exists": false}}), vec!["a", "b", "D"]),
        (json!({"views": {"$exists": true}, "title": "D"}), vec!["D"]),
        (json!({"tags": "red"}), vec!["a", "b"]),
        (json!({"tags": ["red"]}), vec!["b"]),
        (json!({"meta.n": 5}), vec!["c"]),
        (json!({"meta": {"n": 5}}), vec!["c"]),
        (json!({"$or": [{"title": "a"}, {"views": 3}]}), vec!["a", "c"]),
        (json!({"$and": [{"views": {"$gt": 1}}, {"tags": "red"}]}), vec!["b"]),
        (json!({"$not": {"title": "a"}}), vec!["b", "c", "D"]),
        (json!({"createdBy": ""}), vec!["a", "b", "c", "D"]),
        (json!({"createdAt": {"$gte": "2020-01-01"}}), vec!["a", "b", "c", "D"]),
    ] {
        let query = [("andFilters", &*filter.to_string()), ("sortBy", "id"), ("sortDirection", "asc")];
        assert_eq!(titles(&backend, &dev, &query).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn dates_compare_as_instants() {
    let (backend, dev) = posts().await;
    create(&backend, &dev, json!({"title": "a", "at": "2025-01-20T09:00:00+09:00"})).await;
    let found = list(&backend, &dev, &[("andFilters", r#"{"at":"2025-01-20"}"#)]).await;
    assert_eq!(found["items"][0]["at"], "2025-01-20T00:00:00.000Z");
    let later = r#"{"at":{"$gt":"2025-01-20T00:00:00Z"}}"#;
    assert_eq!(list(&backend, &dev, &[("andFilters", later)]).await["pagination"]["total"], 0);
}

#[tokio::test]
async fn an_offset_skips_exactly_so_many() {
    let (backend, dev) = posts().await;
    for n in 0..7 {
        create(&backend, &dev, json!({"title": format!("{n}")})).await;
    }
    let query = [("sortDirection", "asc"), ("limit", "3"), ("offset", "2")];
    let page = list(&backend, &dev, &query).await;
    assert_eq!(titles(&backend, &dev, &query).await, ["2", "3", "4"]);
    assert_eq!((&page["pagination"]["page"], &page["pagination"]["hasNext"]), (&json!(1), &json!(true)));
    assert_eq!(titles(&backend, &dev, &[("sortDirection", "asc"), ("offset", "6")]).await, ["6"]);
}

#[tokio::test]
async fn a_selection_keeps_the_system_fields() {
    let (backend, dev) = posts().await;
    create(&backend, &dev, json!({"title": "a", "views": 3, "extra": {"deep": 1}})).await;
    let keys = async |query: &[(&str, &str)]| {
        let page = list(&backend, &dev, query).await;
        let item = page["items"][0].as_object().expect("a record").clone();
        item.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(keys(&[("select", "views,title")]).await, "id title views createdBy createdAt updatedAt");
    assert_eq!(keys(&[("fields", "extra")]).await, "id extra createdBy createdAt updatedAt");
    assert_eq!(keys(&[("select", "id,nowhere")]).await, "id createdBy createdAt updatedAt");
    assert_eq!(keys(&[("select", "")]).await, "id title views extra published createdBy createdAt updatedAt");
}

#[tokio::test]
async fn a_search_is_in_all_columns_of_strings_or_in_the_one_that_is_named() {
    let (backend, dev) = posts().await;
    for record in [
        json!({"title": "Red Fox", "slug": "one"}),
        json!({"title": "plain", "slug": "the-red-one", "loose": "red"}),
        json!({"title": "ÜBER 100%", "tags": ["red"], "meta": {"colour": "red"}}),
        json!({"title": "none", "loose": "red"}),
    ] {
        create(&backend, &dev, record).await;
    }
    for (query, expected) in [
        (&[("search", "red")][..], vec!["Red Fox", "plain"]),
        (&[("search", "RED")], vec!["Red Fox", "plain"]),
        (&[("search", "über")], vec!["ÜBER 100%"]),
        (&[("search", "100%")], vec!["ÜBER 100%"]),
        (&[("search", "r.d")], vec![]),
        (&[("search", "red"), ("searchType", "title")], vec!["Red Fox"]),
        (&[("search", "red"), ("searchType", "loose")], vec!["plain", "none"]),
        (&[("search", "red"), ("searchType", "meta.colour")], vec!["ÜBER 100%"]),
        (&[("search", "red"), ("searchType", "views")], vec![]),
        (&[("searchType", "title")], vec!["Red Fox", "plain", "ÜBER 100%", "none"]),
        (&[("search", "")], vec!["Red Fox", "plain", "ÜBER 100%", "none"]),
        (&[("search", "red"), ("andFilters", r#"{"slug":"one"}"#)], vec!["Red Fox"]),
    ] {
        let query: Vec<_> = query.iter().copied().chain([("sortDirection", "asc")]).collect();
        assert_eq!(titles(&backend, &dev, &query).await, expected, "{query:?}");
    }
}

#[tokio::test]
async fn of_or_filters_one_must_hold_and_of_and_filters_all() {
    let (backend, dev) = posts().await;
    for record in [
        json!({"title": "a", "views": 1, "published": true}),
        json!({"title": "b", "views": 2, "slug": "b"}),
        json!({"title": "c", "views": 3, "published": true}),
        json!({"title": "d", "views": 4}),
    ] {
        create(&backend, &dev, record).await;
    }
    for (query, expected) in [
        (&[("orFilters", r#"{"title":"a","views":3}"#)][..], vec!["a", "c"]),
        (&[("orFilters", r#"{"views":{"$gt":1,"$lt":4},"title":"d"}"#)], vec!["b", "c", "d"]),
        (&[("orFilters", r#"[{"title":"a","views":1},{"title":"b","views":1},{"views":4}]"#)], vec!["a", "d"]),
        (&[("orFilters", r#"{"title":"a","views":3}"#), ("andFilters", r#"{"published":true,"views":3}"#)], vec!["c"]),
        (&[("orFilters", "{}")], vec!["a", "b", "c", "d"]),
        (&[("orFilters", "[]")], vec!["a", "b", "c", "d"]),
        (&[("orFilters", r#"{"$and":[{"title":"a"}],"slug":"b"}"#)], vec!["a", "b"]),
        (&[("orFilters", r#"[{"$not":{"views":{"$gt":1}}}]"#)], vec!["a"]),
        (&[("andFilters[views]", "2")], vec!["b"]),
        (&[("andFilters[title]", "2")], vec![]),
        (&[("andFilters[published]", "true"), ("andFilters[views][$gte]", "2")], vec!["c"]),
        (&[("andFilters[title][$in]", "a,d")], vec!["a", "d"]),
        (&[("andFilters[title][$in][]", "a"), ("andFilters[title][$in][]", "b")], vec!["a", "b"]),
        (&[("andFilters[slug][$exists]", "true")], vec!["b"]),
        (&[("orFilters[title]", "a"), ("orFilters[views]", "4")], vec!["a", "d"]),
        (&[("orFilters[0][title]", "a"), ("orFilters[1][views]", "4")], vec!["a", "d"]),
        (&[("andFilters[views]", "1"), ("andFilters", r#"{"published":true}"#)], vec!["a"]),
    ] {
        let query: Vec<_> = query.iter().copied().chain([("sortDirection", "asc")]).collect();
        assert_eq!(titles(&backend, &dev, &query).await, expected, "{query:?}");
        let total = list(&backend, &dev, &query).await["pagination"]["total"].clone();
        assert_eq!(total, expected.len(), "{query:?}");
    }
    for query in [
        [("orFilters", "x")],
        [("orFilters", "1")],
        [("andFilters[views", "1")],
        [("andFilters[views][$near]", "1")],
        [("andFilters[$where]", "1")],
    ] {
        let refused = backend.get("/v1/data/posts").query(&query).key(&dev.key).send().await;
        let body = refused.expect_error(400, "data/validation-error");
        assert!(
            body["message"].as_str().expect("text").starts_with("Invalid filter format") || query[0].1 == "1",
            "{body}"
        );
    }
}
