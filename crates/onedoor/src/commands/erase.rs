//! `onedoor erase-person`.

use crate::{App, Config, Failure, cli::EraseArgs, out::say};
use cases::Ctx;

pub(super) async fn run(config: Config, args: &EraseArgs) -> Result<(), Failure> {
    let app = App::open(config).await?;
    let ctx = Ctx::system(app.store.clock().now());
    app.cases.erase_person(&ctx, args.person, &args.purpose).await?;
    say("erased; the matters stay and the log still verifies");
    Ok(())
}
