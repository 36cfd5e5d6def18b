use std::{fs::File, process::Stdio};

use crate::bkend::{Bkend, names, run};

#[test]
fn columns_are_words() {
    let bkend = Bkend::new();
    let table = bkend.json("table create posts title:string! views:int tags:array author:reference");
    assert_eq!(table["schema"]["required"], serde_json::json!(["title"]));
    assert_eq!(table["schema"]["properties"]["views"]["bsonType"], "int");
    assert_eq!(table["schema"]["properties"]["author"]["bsonType"], "string");
    assert_eq!(names(&bkend.json("table list")), ["posts"]);
    assert!(bkend.done("table get posts").stdout.contains("title"));
}

#[test]
fn columns_are_a_file() {
    let bkend = Bkend::new();
    let file = bkend.file("columns.json", r#"{"title":{"bsonType":"string","required":true,"unique":true}}"#);
    let table = bkend.json(&format!("table create posts --schema {}", file.display()));
    assert_eq!(table["schema"]["properties"]["title"]["unique"], true);

    // What the API answers for a table is a definition of the same table.
    let copy = bkend.file("copy.json", &table.to_string());
    let stdin = File::open(copy).expect("just written");
    let copied = run(bkend.command("table create copy --schema - --json").stdin(Stdio::from(stdin))).json();
    assert_eq!((&copied["schema"], &copied["indexes"]), (&table["schema"], &table["indexes"]));
}

#[test]
fn a_secret_is_printed_once_and_alone() {
    let bkend = Bkend::new();
    let created = bkend.done("key create ci --type secret --scope posts:read --scope posts:list --expires 90d");
    let secret = created.stdout.trim_end();
    assert!(secret.starts_with("sk_") && secret.len() == 67, "{created:?}");
    assert!(created.stderr.contains("only time"), "{created:?}");

    let list = bkend.json("key list");
    assert_eq!(names(&list), ["default", "ci"]);
    assert_eq!(list["items"][1]["key"], serde_json::Value::Null);
    assert_eq!(list["items"][1]["scopes"], serde_json::json!(["posts:read", "posts:list"]));
    assert!(list["items"][1]["expiresAt"].is_string());
    assert!(!list.to_string().contains(secret));

    assert_eq!(bkend.json("key delete ci --yes")["name"], "ci");
    assert_eq!(names(&bkend.json("key list")), ["default"]);
}

#[test]
fn columns_are_added_changed_deleted_and_rolled_back() {
    let bkend = Bkend::new();
    bkend.done("table create posts title:string! meta:object");
    let table = bkend.json("table column add posts slug:string status:string --default draft");
    assert_eq!(table["schema"]["properties"]["slug"], serde_json::json!({"bsonType": "string", "default": "draft"}));
    let table = bkend.json("table column update posts slug --unique --no-default --required");
    assert_eq!(table["schema"]["properties"]["slug"], serde_json::json!({"bsonType": "string", "unique": true}));
    assert_eq!(table["schema"]["required"], serde_json::json!(["title", "slug"]));
    let table = bkend.json("table column update posts slug --type int --optional --not-unique --default -5");
    assert_eq!(table["schema"]["properties"]["slug"], serde_json::json!({"bsonType": "int", "default": -5}));
    assert_eq!(table["schema"]["required"], serde_json::json!(["title"]));

    let again = bkend.run("--json table column add posts slug:string");
    assert_eq!((again.code, again.error()["code"].clone()), (4, "column/already-exists".into()));
    assert_eq!(bkend.run("table column delete posts slug").code, 2, "nobody can be asked");
    assert_eq!(bkend.run("table column delete posts nowhere --yes").code, 3);
    assert_eq!(bkend.run("table column add posts 'a b:string'").code, 2);
    let table = bkend.json("table column delete posts slug status --yes");
    assert_eq!(table["schema"]["properties"].as_object().map(serde_json::Map::len), Some(2));

    let versions = bkend.json("table column versions posts");
    let numbers: Vec<_> = versions["items"].as_array().expect("a list").iter().map(|v| v["version"].clone()).collect();
    assert_eq!(numbers, [5, 4, 3, 2, 1]);
    assert_eq!(versions["items"][0]["current"], true);
    let table = bkend.json("table column rollback posts 2");
    assert_eq!(table["schema"]["properties"]["status"]["default"], "draft");
    assert_eq!(bkend.run("table column rollback posts 99").code, 3);
    let schema = bkend.json("table column list posts");
    assert_eq!(schema, table["schema"]);
    assert!(bkend.done("table column list posts").stdout.contains("status"));
}

#[test]
fn indexes_are_created_and_deleted() {
    let bkend = Bkend::new();
    bkend.done("table create posts title:string views:int");
    let table = bkend.json("table index create posts by_views views:desc createdAt --unique --sparse");
    let fields = serde_json::json!({"views": -1, "createdAt": 1});
    let expected = serde_json::json!({"name": "by_views", "fields": fields, "unique": true, "sparse": true});
    assert_eq!(table["indexes"][4], expected);
    assert_eq!(bkend.run("table index create posts by_views title").code, 4);
    assert_eq!(bkend.run("table index create posts other nowhere").code, 2);
    let list = bkend.json("table index list posts");
    assert_eq!(names(&list)[3..], ["idx_createdBy", "by_views"]);
    assert_eq!(bkend.run("table index delete posts nowhere --yes").code, 3);
    bkend.done("table index delete posts by_views --yes");
    assert_eq!(bkend.run("table index delete posts _id_ --yes").code, 2);
    bkend.done("table index rollback posts 2");
    assert_eq!(names(&bkend.json("table index list posts"))[4..], ["by_views"]);
    assert_eq!(bkend.json("table index versions posts")["items"][0]["version"], 4);
}

#[test]
fn permissions_are_words_or_a_file() {
    let bkend = Bkend::new();
    bkend.done("table create posts title:string");
    let table = bkend.json("table permission set posts user:create,read self:all guest:read,-list");
    assert_eq!(table["permissions"]["guest"], serde_json::json!({"read": true, "list": false}));
    assert_eq!(table["permissions"]["user"], serde_json::json!({"create": true, "read": true}));
    assert!(bkend.done("table permission get posts").stdout.contains("its own"));
    let file = bkend.file("permissions.json", &serde_json::json!({"guest": {"read": true}}).to_string());
    let table = bkend.json(&format!("table permission set posts --file {}", file.display()));
    assert_eq!(table["permissions"], serde_json::json!({"guest": {"read": true}}));
    assert_eq!(bkend.run("table permission set posts").code, 2);
    assert_eq!(bkend.run("table permission set posts users:read").code, 2);
    assert_eq!(bkend.run("table permission set posts user:read user:list").code, 2);
    assert_eq!(bkend.run("table permission reset nowhere").code, 3);
    assert_eq!(bkend.json("table permission reset posts")["permissions"], serde_json::Value::Null);
}

#[test]
fn a_key_is_rotated_by_its_name_and_printed_alone() {
    let bkend = Bkend::new();
    let before = bkend.done("key create ci --type secret").stdout;
    let rotated = bkend.done("key rotate ci --overlap 1h");
    assert!(rotated.stdout.starts_with("sk_") && rotated.stdout != before, "{rotated:?}");
    assert!(rotated.stderr.contains("goes on"), "{rotated:?}");
    let list = bkend.json("key list");
    assert!(names(&list).contains(&"ci (replaced)") && names(&list).contains(&"ci"));
    let again = bkend.json("key rotate ci --overlap 0s");
    assert_eq!((&again["name"], &again["type"]), (&"ci".into(), &"secret".into()));
    assert_eq!(bkend.run("key rotate ci --overlap 31d").code, 2);
    assert_eq!(bkend.run("key rotate nowhere").code, 3);
}
