//! What the five example apps need of a server: section 9 of the contract, behaviour by behaviour, on
//! tables like theirs.

mod harness;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use harness::{
    Answer, Backend, Call, Environment, Text,
    accounts::{PASSWORD, User},
};
use reqwest::Method;
use serde_json::{Map, Value, json};

/// Tables of the apps: `!` is required, `*` unique, `=` the default. Content that everybody reads and
/// its owner changes, and what only its owner sees.
const PUBLIC: &[&str] = &[
    "articles title:string! content:string! coverImage:string category:string isPublished:bool=false tags:array",
    "recipes title:string! description:string! cookingTime:double! difficulty:string! servings:double! imageUrl:string",
    "products name:string! description:string! price:double! category:string! stock:double! isActive:bool=true",
    "reviews productId:string! orderId:string! rating:double! content:string!",
    "profiles userId:string!* nickname:string! bio:string avatarUrl:string",
    "posts content:string! imageUrl:string likesCount:double=0 commentsCount:double=0",
    "comments postId:string! content:string!",
    "likes postId:string!",
    "follows followerId:string! followingId:string!",
];
const PRIVATE: &[&str] = &[
    "tags name:string!* slug:string",
    "bookmarks articleId:string!",
    "ingredients recipeId:string! name:string! amount:string! unit:string! orderIndex:double isOptional:bool=false",
    "meal_plans date:string! mealType:string! recipeId:string! servings:double=2 notes:string",
    "shopping_lists name:string! date:string items:array! totalItems:double checkedItems:double",
    "cooking_logs recipeId:string! rating:double! notes:string cookedAt:string",
    "carts productId:string! quantity:double!",
    "orders items:string! totalPrice:double! status:string! shippingAddress:string! recipientName:string",
];

/// An environment with those of the tables that a test needs.
struct Apps {
    backend: Backend,
    dev: Environment,
}

impl Apps {
    async fn with(tables: &[&str]) -> Self {
        let backend = Backend::start().await;
        let dev = backend.environment("dev").await;
        let all = json!({"read": true, "list": true, "update": true, "delete": true});
        let public = json!({
            "guest": {"read": true, "list": true},
            "user": {"create": true, "read": true, "list": true},
            "self": {"update": true, "delete": true},
        });
        let private = json!({"user": {"create": true}, "self": all});
        for (lines, permissions) in [(PUBLIC, &public), (PRIVATE, &private)] {
            for line in lines {
                let (name, columns) = line.split_once(' ').expect("a name and columns");
                if tables.contains(&name) {
                    let schema: Map<_, _> = columns.split(' ').map(column).collect();
                    backend.table(&dev, &json!({"name": name, "schema": schema, "permissions": permissions})).await;
                }
            }
        }
        Self { backend, dev }
    }

    /// A call as the apps send it: the key, the type of a body even where there is none, and the user.
    fn call(&self, method: Method, path: &str, user: Option<&User>) -> Call {
        let call = self.backend.request(method, path).key(&self.dev.key).header("content-type", "application/json");
        match user {
            Some(user) => call.bearer(&user.access),
            None => call,
        }
    }

    async fn post(&self, path: &str, user: &User, body: &Value) -> Answer {
        self.call(Method::POST, path, Some(user)).body(body.to_string()).send().await
    }

    async fn create(&self, table: &str, user: &User, body: &Value) -> Value {
        self.post(&format!("/v1/data/{table}"), user, body).await.expect(201)
    }

    async fn list(&self, table: &str, user: Option<&User>, query: &[(&str, &str)]) -> Value {
        self.call(Method::GET, &format!("/v1/data/{table}"), user).query(query).send().await.expect(200)
    }

    async fn me(&self, token: &str) -> Answer {
        self.backend.get("/v1/auth/me").key(&self.dev.key).bearer(token).send().await
    }

    async fn sign_in(&self, email: &str, password: &str) -> Answer {
        let body = json!({"email": email, "password": password});
        self.backend.post("/v1/auth/email/signin", &body).key(&self.dev.key).send().await
    }
}

fn column(text: &str) -> (String, Value) {
    let (name, rest) = text.split_once(':').expect("a name and a type");
    let (rest, default) = rest.split_once('=').map_or((rest, None), |(rest, default)| (rest, Some(default)));
    let mut column = json!({
        "bsonType": rest.trim_end_matches(['!', '*']), "required": rest.contains('!'), "unique": rest.ends_with('*'),
    });
    if let Some(default) = default {
        column["default"] = serde_json::from_str(default).expect("a default is JSON");
    }
    (name.to_owned(), column)
}

#[tokio::test]
async fn every_table_takes_what_its_app_sends() {
    let names: Vec<&str> = PUBLIC.iter().chain(PRIVATE).filter_map(|line| line.split(' ').next()).collect();
    let apps = Apps::with(&names).await;
    let ann = apps.backend.sign_up(&apps.dev, "ann").await;
    let rows = json!({
        "articles": {"title": "One", "content": "Text", "category": "tech", "isPublished": true, "tags": ["a", "b"]},
        "recipes": {"title": "Soup", "description": "Hot", "cookingTime": 30, "difficulty": "easy", "servings": 2},
        "products": {"name": "Cup", "description": "Blue", "price": 12000, "category": "home", "stock": 3},
        "reviews": {"productId": "p", "orderId": "o", "rating": 5, "content": "Good"},
        "profiles": {"userId": ann.id, "nickname": "ann", "bio": ""},
        "posts": {"content": "Hello"},
        "comments": {"postId": "p", "content": "Hello"},
        "likes": {"postId": "p"},
        "follows": {"followerId": ann.id, "followingId": "somebody"},
        "tags": {"name": "rust", "slug": "rust"},
        "bookmarks": {"articleId": "a"},
        "ingredients": {"recipeId": "r", "name": "Salt", "amount": "1", "unit": "spoon", "orderIndex": 0},
        "meal_plans": {"date": "2025-01-20", "mealType": "lunch", "recipeId": "r"},
        "shopping_lists": {"name": "Week", "items": [{"name": "Salt", "isChecked": false}], "totalItems": 1},
        "cooking_logs": {"recipeId": "r", "rating": 4, "notes": null},
        "carts": {"productId": "p", "quantity": 1},
        "orders": {"items": "[]", "totalPrice": 24000, "status": "pending", "shippingAddress": "Here 1"},
    });
    for name in names {
        let made = apps.create(name, &ann, &rows[name]).await;
        for (field, sent) in rows[name].as_object().expect("a row") {
            assert_eq!(&made[field], sent, "{name}.{field}");
        }
        let seen = apps.list(name, Some(&ann), &[]).await;
        assert_eq!(seen["items"], json!([made["data"]]), "{name} is listed as it was made");
        let nothing = apps.post(&format!("/v1/data/{name}"), &ann, &json!({})).await;
        nothing.expect_error(400, "data/validation-error");
        let anonymous = apps.call(Method::GET, &format!("/v1/data/{name}"), None).send().await;
        assert_eq!(
            anonymous.status,
            if PRIVATE.iter().any(|line| line.starts_with(&format!("{name} "))) { 403 } else { 200 }
        );
    }
    for (name, body) in [("tags", json!({"name": "rust"})), ("profiles", json!({"userId": ann.id, "nickname": "an"}))] {
        apps.post(&format!("/v1/data/{name}"), &ann, &body).await.expect_error(409, "data/duplicate-value");
    }
}

#[tokio::test]
async fn behaviour_1_anybody_with_the_key_lists_what_is_published() {
    let apps = Apps::with(&["articles"]).await;
    let ann = apps.backend.sign_up(&apps.dev, "ann").await;
    for article in
        [json!({"title": "draft", "content": "Text"}), json!({"title": "news", "content": "Text", "isPublished": true})]
    {
        apps.create("articles", &ann, &article).await;
    }
    let filter = [("andFilters", r#"{"isPublished":true}"#)];
    let listed = apps.backend.get("/v1/data/articles").query(&filter).key(&apps.dev.key).send().await.expect(200);
    assert_eq!(listed["pagination"]["total"], 1);
    assert_eq!(listed["items"][0]["title"], "news");
}

#[tokio::test]
async fn behaviour_2_a_get_and_a_delete_name_the_type_of_a_body_they_do_not_have() {
    let apps = Apps::with(&["bookmarks"]).await;
    let ann = apps.backend.sign_up(&apps.dev, "ann").await;
    let id = apps.create("bookmarks", &ann, &json!({"articleId": "a"})).await["id"].text();
    for (method, path) in [
        (Method::GET, "/v1/data/bookmarks".to_owned()),
        (Method::GET, format!("/v1/data/bookmarks/{id}")),
        (Method::GET, "/v1/auth/me".to_owned()),
        (Method::DELETE, format!("/v1/data/bookmarks/{id}")),
    ] {
        apps.call(method.clone(), &path, Some(&ann)).send().await.expect(200);
        if method == Method::GET {
            apps.call(method, &path, Some(&ann)).body("").send().await.expect(200);
        }
    }
}

#[tokio::test]
async fn behaviour_3_a_limit_of_two_hundred_is_one_hundred() {
    let apps = Apps::with(&["shopping_lists"]).await;
    let ann = apps.backend.sign_up(&apps.dev, "ann").await;
    let rows: Vec<Value> = (0..60).map(|n| json!({"name": n.to_string(), "items": []})).collect();
    for _ in 0..2 {
        apps.create("shopping_lists", &ann, &json!(rows)).await;
    }
    let listed = apps.list("shopping_lists", Some(&ann), &[("limit", "200")]).await;
    assert_eq!(listed["pagination"]["limit"], 100);
    assert_eq!((listed["items"].as_array().map(Vec::len), &listed["pagination"]["total"]), (Some(100), &json!(120)));
}

#[tokio::test]
async fn behaviour_4_two_requests_whose_token_has_expired_both_get_the_same_new_pair() {
    let apps = Apps::with(&[]).await;
    let ann = apps.backend.sign_up(&apps.dev, "ann").await;
    let past = json!({"iat": 1_600_000_000, "exp": 1_600_003_600});
    let expired = apps.backend.with_claims(&apps.dev, &ann.access, &past);
    let (one, two) = tokio::join!(apps.me(&expired), apps.me(&expired));
    one.expect_error(401, "auth/token-expired");
    two.expect_error(401, "auth/token-expired");
    // The expired token goes along, as their clients add it to every request.
    let body = json!({"refreshToken": ann.refresh});
    let refresh = || apps.backend.post("/v1/auth/refresh", &body).key(&apps.dev.key).bearer(&expired).send();
    let (one, two) = tokio::join!(refresh(), refresh());
    let (one, two) = (one.expect(200), two.expect(200));
    assert_eq!(one, two, "both get the identical answer");
    // A third that comes a little later, too.
    assert_eq!(refresh().await.expect(200), one);
    let next = User::of(&one);
    assert_ne!((&next.access, &next.refresh), (&ann.access, &ann.refresh));
    apps.me(&next.access).await.expect(200);
    let body = json!({"refreshToken": next.refresh});
    apps.backend.post("/v1/auth/refresh", &body).key(&apps.dev.key).send().await.expect(200);
}

#[tokio::test]
async fn behaviour_5_a_wrong_password_is_told_in_both_places() {
    let apps = Apps::with(&[]).await;
    let ann = apps.backend.sign_up(&apps.dev, "ann").await;
    let wrong = apps.sign_in(&ann.email, "not the password").await;
    let wrong = wrong.expect_error(401, "auth/invalid-credentials");
    assert_eq!(wrong["message"].text(), wrong["error"]["message"].text());
    let unknown = apps.sign_in("nobody@example.com", PASSWORD).await;
    assert_eq!(
        unknown.expect_error(401, "auth/invalid-credentials"),
        wrong,
        "and does not say whether anybody is there"
    );
}

#[tokio::test]
async fn behaviour_6_an_address_that_is_taken_is_a_conflict_that_says_so() {
    let apps = Apps::with(&[]).await;
    apps.backend.sign_up(&apps.dev, "ann").await;
    let body = json!({"method": "password", "email": "ANN@example.com", "password": PASSWORD, "name": "Ann"});
    let taken = apps.backend.post("/v1/auth/email/signup", &body).key(&apps.dev.key).send().await;
    let body = taken.expect_error(409, "auth/email-already-exists");
    assert!(body["message"].text().contains("already exists"), "{body}");
}

#[tokio::test]
async fn behaviour_7_the_payload_of_the_token_names_the_user() {
    let apps = Apps::with(&[]).await;
    let ann = apps.backend.sign_up(&apps.dev, "ann").await;
    let payload = ann.access.split('.').nth(1).expect("three parts");
    let claims: Value = serde_json::from_slice(&BASE64.decode(payload).expect("base64url")).expect("JSON");
    assert_eq!(claims["sub"].text(), apps.me(&ann.access).await.expect(200)["id"].text());
    assert_eq!((&claims["env"], &claims["typ"]), (&json!(apps.dev.id), &json!("access")));
    assert_eq!((&claims["pid"], &claims["role"]), (&json!(apps.backend.project_id().await), &json!("user")));
    assert_eq!(claims["exp"].as_i64().expect("a number") - claims["iat"].as_i64().expect("a number"), 3600);
    assert!(claims["jti"].is_string() && claims["sid"].is_string());
}

#[tokio::test]
async fn behaviour_8_what_apps_read_as_text_is_text_and_what_they_count_is_whole() {
    let apps = Apps::with(&["posts"]).await;
    let ann = apps.backend.sign_up(&apps.dev, "ann").await;
    let me = apps.me(&ann.access).await.expect(200);
    for field in ["id", "email", "name", "createdAt", "updatedAt"] {
        assert!(!me[field].text().is_empty(), "{field}");
    }
    let sent = apps.post("/v1/data/posts", &ann, &json!({"content": "Hello", "commentsCount": 3.0})).await;
    assert!(sent.text.contains(r#""likesCount":0,"#) && sent.text.contains(r#""commentsCount":3,"#), "{}", sent.text);
    let post = sent.expect(201);
    for field in ["id", "createdBy", "createdAt", "updatedAt"] {
        assert!(!post[field].text().is_empty(), "{field}");
    }
    assert_eq!(post["createdBy"], ann.id.as_str());
    // Nobody in particular made it, and that is text as well.
    let secret = apps.backend.secret_key(&apps.dev, "seed", &[]).await;
    let seeded = apps.backend.post("/v1/data/posts", &json!({"content": "Seed"})).key(&secret).send().await;
    assert_eq!(seeded.expect(201)["createdBy"], "");
    let pagination = apps.list("posts", None, &[("limit", "1")]).await["pagination"].take();
    for field in ["total", "page", "limit", "totalPages"] {
        assert!(pagination[field].is_u64(), "{field}: {pagination}");
    }
}

#[tokio::test]
async fn behaviour_9_the_answer_to_a_profile_takes_the_place_of_the_user() {
    let apps = Apps::with(&[]).await;
    let ann = apps.backend.sign_up(&apps.dev, "ann").await;
    let path = format!("/v1/users/{}/profile", ann.id);
    let call = apps.call(Method::PATCH, &path, Some(&ann)).body(json!({"name": "Anna"}).to_string());
    let stored = call.send().await.expect(200);
    assert_eq!((&stored["id"], &stored["email"]), (&json!(ann.id), &json!(ann.email)));
    let me = apps.me(&ann.access).await.expect(200);
    for field in ["id", "email", "name", "image", "role", "createdAt", "updatedAt"] {
        assert_eq!(stored.get(field), me.get(field), "{field}");
    }
}

#[tokio::test]
async fn behaviour_10_a_user_deletes_themselves_and_their_token_is_dead() {
    let apps = Apps::with(&[]).await;
    let ann = apps.backend.sign_up(&apps.dev, "ann").await;
    let deleted = apps.call(Method::DELETE, &format!("/v1/users/{}", ann.id), Some(&ann)).send().await.expect(200);
    assert!(!deleted["message"].text().is_empty());
    apps.me(&ann.access).await.expect_error(401, "auth/invalid-token");
    apps.sign_in(&ann.email, PASSWORD).await.expect_error(401, "auth/invalid-credentials");
}

#[tokio::test]
async fn behaviour_11_an_upload_that_was_never_registered_is_a_picture_at_its_url() {
    let apps = Apps::with(&[]).await;
    let ann = apps.backend.sign_up(&apps.dev, "ann").await;
    let presign = json!({"filename": "me and you.png", "contentType": "image/png"});
    let address = apps.post("/v1/files/presigned-url", &ann, &presign).await.expect(200);
    let url = address["url"].text();
    let shown = url.split('?').next().expect("an address");
    assert_eq!(address["key"], shown, "the key is the URL without its query");
    let put = apps.backend.at(Method::PUT, &url).header("content-type", "image/png").body("bytes").send().await;
    assert_eq!((put.status, put.text.as_str()), (200, ""));
    let got = apps.backend.at(Method::GET, shown).send().await;
    assert_eq!((got.status, got.text.as_str(), got.header("content-type")), (200, "bytes", Some("image/png")));
}

#[tokio::test]
async fn behaviour_12_a_week_of_meals_is_a_range_of_texts() {
    let apps = Apps::with(&["meal_plans"]).await;
    let ann = apps.backend.sign_up(&apps.dev, "ann").await;
    let bob = apps.backend.sign_up(&apps.dev, "bob").await;
    let days = ["2025-01-26", "2025-01-19", "2025-01-22", "2025-01-27", "2025-01-20"];
    for (user, date) in days.iter().map(|date| (&ann, date)).chain([(&bob, &"2025-01-21")]) {
        apps.create("meal_plans", user, &json!({"date": date, "mealType": "dinner", "recipeId": "r"})).await;
    }
    let week = json!({"date": {"$gte": "2025-01-20", "$lte": "2025-01-26"}}).to_string();
    let query = [("andFilters", week.as_str()), ("sortBy", "date"), ("sortDirection", "asc")];
    let listed = apps.list("meal_plans", Some(&ann), &query).await;
    let dates: Vec<String> =
        listed["items"].as_array().expect("items").iter().map(|item| item["date"].text()).collect();
    assert_eq!(dates, ["2025-01-20", "2025-01-22", "2025-01-26"]);
}

#[tokio::test]
async fn behaviour_13_a_feed_may_name_hundreds_of_authors() {
    let apps = Apps::with(&["posts"]).await;
    let ann = apps.backend.sign_up(&apps.dev, "ann").await;
    let bob = apps.backend.sign_up(&apps.dev, "bob").await;
    for user in [&ann, &bob] {
        apps.create("posts", user, &json!({"content": user.email})).await;
    }
    let others = (0..899).map(|n| format!("00000000-0000-4000-8000-{n:012}"));
    let followed: Vec<String> = others.chain([ann.id.clone()]).collect();
    let filter = json!({"createdBy": {"$in": followed}}).to_string();
    let feed = apps.list("posts", Some(&bob), &[("andFilters", &filter)]).await;
    assert_eq!(feed["pagination"]["total"], 1);
    assert_eq!(feed["items"][0]["createdBy"], ann.id.as_str());
}

#[tokio::test]
async fn behaviour_14_a_key_sees_nothing_of_another_environment() {
    let apps = Apps::with(&["posts"]).await;
    let ann = apps.backend.sign_up(&apps.dev, "ann").await;
    let post = apps.create("posts", &ann, &json!({"content": "of dev"})).await["id"].text();
    let file = apps.backend.secret_key(&apps.dev, "files", &[]).await;
    let file = apps.backend.file(&file, "a.txt", &json!({"visibility": "public"}), b"of dev").await["id"].text();
    let prod = apps.backend.environment("prod").await;
    apps.backend.open_table(&prod, "posts", json!({})).await;
    let secret = apps.backend.secret_key(&prod, "server", &[]).await;
    for key in [&prod.key, &secret] {
        let get = |path: &str| apps.backend.get(path).key(key);
        for list in ["/v1/data/posts", "/v1/files"] {
            assert_eq!(get(list).send().await.expect(200)["pagination"]["total"], 0, "{list}");
        }
        get(&format!("/v1/data/posts/{post}")).send().await.expect_error(404, "data/not-found");
        get(&format!("/v1/files/{file}")).send().await.expect_error(404, "file/not-found");
        for path in ["/v1/data/posts", "/v1/files", "/v1/users", "/v1/auth/me"] {
            get(path).bearer(&ann.access).send().await.expect_error(403, "data/project-access-denied");
        }
    }
    let users = apps.backend.get("/v1/users").key(&secret).send().await.expect(200);
    assert_eq!(users["pagination"]["total"], 0);
    let path = format!("/v1/users/{}", ann.id);
    apps.backend.get(&path).key(&secret).send().await.expect_error(404, "user/not-found");
    apps.list("posts", Some(&ann), &[]).await;
}
