//! What is kept of the activity, and of a file of an older program.

use super::*;
use crate::domain::id::Entropy;

fn project(name: &str, now: Timestamp) -> Project {
    Project {
        id: ProjectId::generate(&Entropy::system(), now),
        name: name.into(),
        description: None,
        status: ProjectStatus::Active,
        cors_origins: Vec::new(),
        environments: 0,
        created_at: now,
        updated_at: now,
    }
}

#[test]
fn the_newest_lines_of_every_project_are_kept_and_not_many_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = ControlStore::open(&folder.path().join("control.db")).expect("opens");
    let now = Timestamp::from_millis(1_000);
    let (busy, quiet) = (project("busy", now), project("quiet", now));
    let entropy = Entropy::seeded(1);
    let line = |project: &Project, number: u64| Activity {
        id: ActivityId::generate(&entropy, now),
        project_id: project.id.clone(),
        environment_id: None,
        environment_name: None,
        actor: Actor::System,
        action: "environment.create".into(),
        target: number.to_string(),
        detail: None,
        created_at: now,
    };
    let beyond = ACTIVITY_KEPT + 600;
    store
        .write(Durability::Relaxed, |control| -> Result<(), Error> {
            control.put_project(&busy)?;
            control.put_project(&quiet)?;
            (0..3).try_for_each(|number| control.insert_activity(&line(&quiet, number)))?;
            (0..beyond).try_for_each(|number| control.insert_activity(&line(&busy, number)))
        })
        .expect("written");
    let window = Window { page: 1, limit: 1 };
    let (newest, kept) = store.activity(&busy.id, &ActivityFilter::default(), window).expect("read");
    assert_eq!(newest[0].target, (beyond - 1).to_string());
    assert!((ACTIVITY_KEPT..ACTIVITY_KEPT + TRIMMED_EVERY.unsigned_abs()).contains(&kept), "{kept}");
    assert_eq!(store.activity(&quiet.id, &ActivityFilter::default(), window).expect("read").1, 3);
}

#[test]
fn a_file_of_the_first_version_is_brought_forward_with_its_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("control.db");
    let now = Timestamp::from_millis(1_000);
    let owner = project("shop", now);
    let entropy = Entropy::seeded(1);
    let environment = EnvironmentId::generate(&entropy, now);
    drop(ControlStore::open(&path).expect("opens"));
    let before = Connection::open(&path).expect("opens");
    before
        .execute_batch("ALTER TABLE keys DROP COLUMN replaced_by; PRAGMA user_version = 1; PRAGMA foreign_keys = OFF;")
        .expect("as the first version made it");
    let insert = "INSERT INTO keys (id, environment_id, name, type, digest, mask, scopes, created_at)
                  VALUES (?1, ?2, 'ci', 'secret', zeroblob(32), 'sk_…', '[]', 0)";
    let id = KeyId::generate(&entropy, now);
    before.execute(insert, [id.as_str(), environment.as_str()]).expect("a key");
    drop(before);

    let mut store = ControlStore::open(&path).expect("is brought forward");
    let key = store.contents().expect("read").keys.remove(0).key;
    assert_eq!((key.name.as_str(), &key.replaced_by), ("ci", &None));
    store.write(Durability::Full, |control| control.put_project(&owner)).expect("written");
    let replaced = Key { replaced_by: Some(KeyId::generate(&entropy, now)), ..key };
    store.write(Durability::Full, |control| control.replace_key(&replaced)).expect("written");
    drop(store);
    let again = ControlStore::open(&path).expect("opens");
    assert_eq!(again.contents().expect("read").keys.remove(0).key.replaced_by, replaced.replaced_by);
}
