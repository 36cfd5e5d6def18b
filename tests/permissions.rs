//! Permissions, held against a plain model: for random matrices, callers and tables the decision must
//! be the one that the contract's section 4.5 spells out.

use bkend_console::domain::permission::{Decision, Flags, Group, Operation, Permissions, Requester, decide, effective};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const OPERATIONS: [Operation; 5] =
    [Operation::Create, Operation::Read, Operation::List, Operation::Update, Operation::Delete];

fn flags() -> impl Strategy<Value = Value> {
    let flag = prop::option::of(any::<bool>());
    [flag.clone(), flag.clone(), flag.clone(), flag.clone(), flag].prop_map(|flags| {
        let named = OPERATIONS.iter().zip(flags);
        named
            .filter_map(|(operation, flag)| Some((operation.as_str().to_owned(), flag?.into())))
            .collect::<Map<_, _>>()
            .into()
    })
}

fn matrix() -> impl Strategy<Value = Option<Value>> {
    let row = || prop::option::of(flags());
    let rows = [row(), row(), row(), row()].prop_map(|rows| {
        let named = ["admin", "user", "guest", "self"].into_iter().zip(rows);
        Value::Object(named.filter_map(|(group, flags)| Some((group.to_owned(), flags?))).collect())
    });
    prop::option::of(rows)
}

fn caller() -> impl Strategy<Value = Requester> {
    let group = prop::sample::select(vec![Group::Admin, Group::User, Group::Guest]);
    (group, prop::sample::select(vec!["", "u1"])).prop_map(|(group, id)| Requester { group, id: id.into() })
}

/// The decision table in plain words, over the JSON that an operator sends.
fn model(matrix: Option<&Value>, table: &str, caller: &Requester, operation: Operation) -> Decision {
    let reads = operation == Operation::Read || operation == Operation::List;
    let is_admin = caller.group == Group::Admin;
    if ["accounts", "sessions", "users", "files"].contains(&table) {
        return if is_admin && reads { Decision::Allow } else { Decision::System };
    }
    if is_admin {
        return Decision::Allow;
    }
    let group = if caller.group == Group::User { "user" } else { "guest" };
    let Some(matrix) = matrix else {
        return match (table.starts_with('_'), group, operation) {
            (true, ..) => Decision::System,
            (_, "user", Operation::Create) => Decision::Allow,
            _ if reads => Decision::Allow,
            _ => Decision::Deny,
        };
    };
    let holds = |row: &str| {
        let flags = &matrix[row];
        let flag = flags.get(operation.as_str());
        let flag = if operation == Operation::List { flag.or(flags.get("read")) } else { flag };
        flag == Some(&json!(true))
    };
    if holds(group) {
        Decision::Allow
    } else if holds("self") && operation != Operation::Create && !caller.id.is_empty() {
        Decision::Own
    } else {
        Decision::Deny
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_decision_is_the_contracts(
        matrix in matrix(),
        caller in caller(),
        table in prop::sample::select(vec!["posts", "_private", "users", "files"]),
        operation in prop::sample::select(OPERATIONS.to_vec()),
    ) {
        let permissions: Option<Permissions> =
            matrix.clone().map(|matrix| serde_json::from_value(matrix).expect("a matrix"));
        let decided = decide(permissions.as_ref(), table, &caller, operation);
        prop_assert_eq!(decided, model(matrix.as_ref(), table, &caller, operation));
    }

    #[test]
    fn a_matrix_reads_back_what_it_prints(matrix in matrix()) {
        let matrix = matrix.unwrap_or_else(|| json!({}));
        let permissions: Permissions = serde_json::from_value(matrix.clone()).expect("a matrix");
        prop_assert_eq!(serde_json::to_value(permissions).expect("JSON"), matrix);
    }

    #[test]
    fn a_matrix_spelt_out_decides_as_the_default_does(caller in caller(), operation in prop::sample::select(OPERATIONS.to_vec())) {
        let spelt = effective(None, "posts");
        let decided = decide(Some(&spelt), "posts", &caller, operation);
        prop_assert_eq!(decided, decide(None, "posts", &caller, operation));
    }
}

#[test]
fn nothing_is_denied_to_admin_by_a_matrix() {
    let none = Flags { create: Some(false), read: Some(false), ..Flags::default() };
    let matrix = Permissions { admin: Some(none), ..Permissions::default() };
    for operation in OPERATIONS {
        assert_eq!(decide(Some(&matrix), "posts", &Requester::admin(), operation), Decision::Allow);
    }
}
