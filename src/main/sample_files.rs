//! The files of the sample's apps, sent to the server as any file is.

use std::{fs, path::Path};

use bkend_console::{
    cli::Failure,
    client::{Client, files::Sent},
    domain::{
        EnvironmentId, Status,
        file::{OwnerType, Visibility},
        import::files::ImportFile,
    },
};

use crate::{sample::NOW, sample_users};

const MILLIS_PER_DAY: i64 = 86_400_000;

/// Name, media type, bytes, visibility, and how many days ago it came.
const FILES: [(&str, &str, usize, Visibility, i64); 8] = [
    ("README.md", "text/markdown", 0, Visibility::Public, 39),
    ("settings.json", "application/json", 0, Visibility::Private, 33),
    ("hero.webp", "image/webp", 184_320, Visibility::Public, 30),
    ("avatar-ada.png", "image/png", 23_552, Visibility::Protected, 26),
    ("invoice-2026-10.pdf", "application/pdf", 96_256, Visibility::Private, 22),
    ("intro.mp4", "video/mp4", 1_310_720, Visibility::Public, 14),
    ("orders-2026-11.csv", "text/csv", 0, Visibility::Shared, 3),
    ("설계 노트.txt", "text/plain", 0, Visibility::Private, 1),
];

/// The environments that have files, and how many.
const KEPT_IN: [(&str, usize); 3] = [("dev", 8), ("staging", 5), ("prod", 3)];

/// Sends the files of each environment that is there. `folder` takes them on their way.
pub async fn write(client: &Client, folder: &Path) -> Result<(), Failure> {
    for project in client.projects().await?.items {
        for environment in client.environments(&project.id).await?.items {
            let kept = KEPT_IN.iter().find(|(name, _)| environment.name.as_str() == *name);
            if let (Some((_, count)), Status::Active) = (kept, environment.status) {
                send(client, &environment.id, *count, folder).await?;
            }
        }
    }
    Ok(())
}

async fn send(client: &Client, environment: &EnvironmentId, count: usize, folder: &Path) -> Result<(), Failure> {
    for (number, (name, mime_type, size, visibility, days)) in (0u32..).zip(FILES).take(count) {
        let content = content(name, size);
        let on_the_way = folder.join("sample-file");
        fs::write(&on_the_way, &content)
            .map_err(|error| Failure::Failed(format!("{} cannot be written: {error}", on_the_way.display())))?;
        let file = ImportFile {
            id: format!("0b7e6d24-11c9-4f8a-8e55-{number:012x}"),
            original_name: name.to_owned(),
            mime_type: mime_type.to_owned(),
            size: content.len() as u64,
            width: None,
            height: None,
            visibility,
            bucket: None,
            owner_id: sample_users::id(number % 3),
            owner_type: OwnerType::User,
            metadata: None,
            created_at: Some(NOW.plus_millis(-days * MILLIS_PER_DAY)),
            updated_at: None,
        };
        client.import_file(environment, &file, &on_the_way, &Sent::default()).await?;
    }
    Ok(())
}

fn content(name: &str, size: usize) -> Vec<u8> {
    match name {
        "README.md" => {
            b"# my-app\n\nWhat the team writes down about the app.\n\n- posts are public, orders are not\n".to_vec()
        }
        "settings.json" => {
            br#"{"theme":"light","currency":"EUR","pageSize":20,"features":{"comments":true,"carts":"beta"}}"#.to_vec()
        }
        "orders-2026-11.csv" => b"customer,status,total\nAda Byrne,paid,42.10\nJun Park,sent,17.90\n".to_vec(),
        "설계 노트.txt" => "환경마다 표, 사용자, 파일이 따로 있다.\n".as_bytes().to_vec(),
        // Of pictures only the size is looked at.
        _ => (0..251).cycle().take(size).collect(),
    }
}
