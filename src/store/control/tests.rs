//! What is kept of the activity.

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
