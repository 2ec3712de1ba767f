//! The contexts that sealed columns are bound to: `table.column`.

/// Title.
pub const TITLE: &str = "cases.title";
/// The matter in the person's words.
pub const DETAIL: &str = "case_texts.detail";
/// The place in words.
pub const PLACE: &str = "case_texts.place";
/// The category's form, JSON.
pub const FORM: &str = "case_texts.form";
/// An answer.
pub const REPLY: &str = "replies.text";
/// Why somebody asks.
pub const REASON: &str = "overlays.reason";
/// What was decided, or the written reply to a supervision order.
pub const DECISION: &str = "overlays.decision";
/// The law or division of duties that a return request names.
pub const BASIS: &str = "overlays.basis_text";
/// What shows that an answer was brought.
pub const EVIDENCE: &str = "deliveries.evidence_text";
/// Why somebody whistles.
pub const WHISTLE_REASON: &str = "whistles.reason";
/// What the centre says to it.
pub const WHISTLE_DECISION: &str = "whistles.decision";
