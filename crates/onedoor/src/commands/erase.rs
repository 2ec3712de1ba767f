//! `onedoor erase-person`.

use crate::{App, Config, Failure, cli::EraseArgs, out::say};
use cases::{Ctx, attachments::AttachmentError, commands::Erasure};

pub(super) async fn run(config: Config, args: &EraseArgs) -> Result<(), Failure> {
    let app = App::open(config).await?;
    let ctx = Ctx::system(app.store.clock().now());
    let erasure = Erasure {
        case: args.case.clone(),
        reporter: args.reporter,
        purpose: args.purpose.clone(),
        texts: (args.texts || args.keep_texts).then_some(args.texts),
    };
    let erased = app.cases.erase_person(&app.files, &ctx, erasure).await;
    let erased = erased.map_err(|error| match error {
        AttachmentError::Cases(error) => Failure::Cases(error),
        other => Failure::said(other.to_string()),
    })?;
    app.store.compact().await?;
    let texts =
        if erased.texts.is_empty() { "the texts of the matter stay" } else { "its texts and files are gone" };
    say(format!("erased; {texts}; the log still verifies. Older backups still hold them: let them run out"));
    Ok(())
}
