//! Files sent and fetched.

use std::path::{Path, PathBuf};

use tokio::fs;

use super::{Error, Meter, file_name, output::Output};
use crate::{
    client::{Client, files::Sending},
    domain::{
        EnvironmentId,
        file::{
            Visibility, name,
            wire::{File, NewUpload},
        },
    },
};

pub async fn upload(
    client: &Client,
    environment: &EnvironmentId,
    path: PathBuf,
    visibility: Visibility,
    meter: &Meter,
) -> Result<File, Error> {
    let unreadable = |error| Error::Unreadable { path: path.display().to_string(), error };
    let metadata = fs::metadata(&path).await.map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unreadable(std::io::Error::other("it is not a file")));
    }
    let size = metadata.len();
    meter.expect(size);
    let filename = file_name(&path);
    let upload = NewUpload {
        content_type: Some(name::type_of(&filename).to_owned()),
        file_size: i64::try_from(size).ok(),
        visibility: Some(visibility),
        filename: Some(filename),
        category: None,
    };
    let sending = Sending { path, size, upload };
    Ok(client.upload(environment, &sending, &meter.counter()).await?)
}

pub async fn download(
    client: &Client,
    environment: &EnvironmentId,
    file: &File,
    to: &Path,
    replace: bool,
    meter: &Meter,
) -> Result<String, Error> {
    let mut output = Output::create(to, replace).await?;
    let download = client.download_url(environment, &file.id).await?;
    meter.expect(download.size);
    let mut bytes = client.download(&download.url).await?;
    while let Some(chunk) = bytes.next().await? {
        output.write(&chunk).await?;
        meter.add(chunk.len() as u64);
    }
    let path = output.finish().await?;
    Ok(format!("{} is in {}", file.original_name, path.display()))
}
