//! Files that are missing, damaged or in the way: the server says which, touches none of them, and
//! goes on with the rest.

mod harness;

use std::{fs, path::Path, process::Command};

use harness::{Backend, Text, until};
use reqwest::Method;
use serde_json::json;

/// What `bkend serve` says when it refuses to start over a directory.
fn refusal(directory: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_bkend"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(directory)
        .output()
        .expect("the binary starts");
    assert_eq!(output.status.code(), Some(1), "it ends by itself, and says that it failed");
    String::from_utf8(output.stderr).expect("text")
}

/// A directory that a server has used, and the file of its environment.
async fn used() -> (tempfile::TempDir, std::path::PathBuf) {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let directory = backend.stopped();
    let file = directory.path().join("environments").join(&dev.id).join("data.db");
    assert!(file.exists());
    (directory, file)
}

#[tokio::test]
async fn without_its_control_file_no_environment_is_taken_for_a_leftover() {
    let (directory, file) = used().await;
    for beside in ["control.db-wal", "control.db-shm"] {
        let _ = fs::remove_file(directory.path().join(beside));
    }
    for lost in [true, false] {
        let control = directory.path().join("control.db");
        if lost {
            fs::remove_file(&control).expect("removed");
        } else {
            fs::write(&control, b"").expect("emptied");
        }
        let words = refusal(directory.path());
        assert!(words.contains("control.db") && words.contains("environments (1)"), "{words}");
        assert!(file.exists(), "the data is still there");
    }
}

#[tokio::test]
async fn a_control_file_that_is_no_database_is_named() {
    let (directory, file) = used().await;
    let control = directory.path().join("control.db");
    let _ = fs::remove_file(directory.path().join("control.db-wal"));
    fs::write(&control, "not a database at all".repeat(500)).expect("written");
    let words = refusal(directory.path());
    assert!(words.contains("control.db") && words.contains("not a database"), "{words}");
    assert!(file.exists());
    assert!(fs::read(&control).expect("read").starts_with(b"not a database"), "it was left as it is");
}

#[tokio::test]
async fn a_damaged_environment_is_an_error_of_its_own_and_can_be_deleted() {
    let backend = Backend::start().await;
    let [dev, qa] = [backend.environment("dev").await, backend.environment("qa").await];
    for environment in [&dev, &qa] {
        backend.open_table(environment, "posts", json!({})).await;
    }
    let backend = backend.killed_and_then(|directory| {
        let folder = directory.join("environments").join(&qa.id);
        let _ = fs::remove_file(folder.join("data.db-wal"));
        fs::write(folder.join("data.db"), "garbage".repeat(1000)).expect("written");
    });
    let backend = backend.await;
    let answer = backend.get("/v1/data/posts").key(&qa.key).send().await;
    let body = answer.expect_error(500, "common/internal-error");
    assert!(!body.to_string().contains("data.db"), "{body}");
    backend.get("/v1/data/posts").key(&dev.key).send().await.expect(200);
    backend.operator(Method::DELETE, &format!("/environments/{}", qa.id)).send().await.expect(202);
    backend.until_gone(&qa.id).await;
}

#[cfg(unix)]
#[tokio::test]
async fn what_the_server_writes_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let backend = Backend::start().await;
    backend.environment("dev").await;
    fs::set_permissions(backend.data_dir(), fs::Permissions::from_mode(0o755)).expect("changed");
    for name in ["control.db", "control.db-wal", "operator.token", "server.json", "environments"] {
        let mode = fs::metadata(backend.data_dir().join(name)).expect(name).permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} is {mode:o}");
    }
}

/// What an earlier attempt could not remove is no obstacle to the next.
#[tokio::test]
async fn a_deletion_gets_past_what_an_earlier_one_left() {
    let backend = Backend::start().await;
    let qa = backend.environment("qa").await;
    let aside = backend.data_dir().join("environments").join(format!(".gone-{}", qa.id));
    fs::create_dir(&aside).expect("created");
    fs::write(aside.join("left"), b"over").expect("written");
    let deleting = backend.operator(Method::DELETE, &format!("/environments/{}", qa.id)).send().await.expect(202);
    assert_eq!(deleting["id"].text(), qa.id);
    backend.until_gone(&qa.id).await;
    until("its folder is gone", async || !aside.exists()).await;
}

#[tokio::test]
async fn an_environment_that_an_older_control_file_does_not_know_is_moved_aside_and_kept() {
    let (directory, file) = used().await;
    let unknown = "env_0123456789abcdef01234567";
    let newer = directory.path().join("environments").join(unknown);
    fs::create_dir(&newer).expect("made");
    fs::copy(&file, newer.join("data.db")).expect("copied");
    let backend = Backend::over_existing(directory).await;
    assert!(!newer.exists(), "it is not served");
    let kept = backend.data_dir().join("unowned").join(unknown).join("data.db");
    assert!(fs::metadata(kept).is_ok_and(|file| file.len() > 0), "and not lost");
    backend.environment("dev").await;
}
