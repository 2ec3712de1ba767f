//! The words of the lifecycle: states, actions, endings, evidence, overlays, clocks, powers.

use serde::{Deserialize, Serialize};

macro_rules! lifecycle_words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// Every value, in the order of the definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable spelling in the database, in JSON and in locale files.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Parses the stable spelling; `None` for any other word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

lifecycle_words! {
    /// The one state of a case. Return requests, extension requests, suspensions and supervision are overlays, never states.
    CaseState {
        /// 受理登记: written down; its kind, place and urgency still to be verified.
        Received = "received",
        /// 已清洗: verified and classified; waiting for dispatch.
        Verified = "verified",
        /// 派单: given to a host unit that has not signed yet.
        Dispatched = "dispatched",
        /// 签收: the host has it.
        Signed = "signed",
        /// 办理: the host works on it (arrival is a fact of the work order).
        InProgress = "in_progress",
        /// 答复: the host has answered, the answer is not yet handed to review.
        Replied = "replied",
        /// 审核: somebody who did not handle it checks the answer.
        UnderReview = "under_review",
        /// 回访: the answer stands; the person is told and asked.
        Callback = "callback",
        /// 直接答复: ended, answered on the spot.
        Answered = "answered",
        /// 不予受理: ended, reason and legal route told.
        NotAccepted = "not_accepted",
        /// 即时转 110/119/120/122: ended here, with the receipt of the emergency service.
        TransferredEmergency = "transferred_emergency",
        /// 办结: ended after callback.
        Closed = "closed",
        /// 归档: the file is sealed.
        Archived = "archived",
        /// 并单: goes on as part of another case.
        Merged = "merged",
        /// 撤回: the person took it back.
        Withdrawn = "withdrawn",
    }
}

impl CaseState {
    /// Whether the matter is still to be worked on: it then has one owner and one next-step clock.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Received
            | Self::Verified
            | Self::Dispatched
            | Self::Signed
            | Self::InProgress
            | Self::Replied
            | Self::UnderReview
            | Self::Callback => true,
            Self::Answered
            | Self::NotAccepted
            | Self::TransferredEmergency
            | Self::Closed
            | Self::Archived
            | Self::Merged
            | Self::Withdrawn => false,
        }
    }

    /// Whether a host unit holds a live work order in this state.
    #[must_use]
    pub const fn has_host(self) -> bool {
        match self {
            Self::Dispatched | Self::Signed | Self::InProgress | Self::Replied | Self::UnderReview => true,
            Self::Received
            | Self::Verified
            | Self::Callback
            | Self::Answered
            | Self::NotAccepted
            | Self::TransferredEmergency
            | Self::Closed
            | Self::Archived
            | Self::Merged
            | Self::Withdrawn => false,
        }
    }
}

lifecycle_words! {
    /// The one state of a work order.
    OrderState {
        /// Sent, not signed.
        Dispatched = "dispatched",
        /// Signed for.
        Signed = "signed",
        /// Being worked on.
        InProgress = "in_progress",
        /// The unit has answered.
        Replied = "replied",
        /// The answer was accepted.
        Done = "done",
        /// Given back with consent.
        Returned = "returned",
        /// Taken back: the case ended otherwise, went elsewhere or no longer needs this unit.
        Cancelled = "cancelled",
    }
}

impl OrderState {
    /// Whether the unit still has something to do or to answer for.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Dispatched | Self::Signed | Self::InProgress | Self::Replied => true,
            Self::Done | Self::Returned | Self::Cancelled => false,
        }
    }
}

lifecycle_words! {
    /// A unit's part in a case.
    Part {
        /// 主办: leads and answers.
        Host = "host",
        /// 协办: assists and answers to the host.
        CoHandler = "co_handler",
    }
}

lifecycle_words! {
    /// Everything that can be done to a case. The spelling is the `{action}` of the API and of the locale files.
    CaseAction {
        /// 受理登记.
        Register = "register",
        /// Corrects what was verified, without moving a clock.
        Correct = "correct",
        /// 清洗: verifies category, place, urgency, kind, confidentiality and title.
        Verify = "verify",
        /// 直接答复.
        Answer = "answer",
        /// 不予受理.
        NotAccept = "not_accept",
        /// 转 110/119/120/122.
        TransferEmergency = "transfer_emergency",
        /// 派单.
        Dispatch = "dispatch",
        /// 改派: the centre takes a dispatched case back to dispatch it anew.
        Recall = "recall",
        /// 签收.
        Sign = "sign",
        /// 到场.
        Arrive = "arrive",
        /// Starts work.
        Start = "start",
        /// Notes progress.
        Note = "note",
        /// Names the account that handles it inside the unit.
        AssignHandler = "assign_handler",
        /// Adds a co-handler.
        AddCoHandler = "add_co_handler",
        /// Takes a co-handler off.
        RemoveCoHandler = "remove_co_handler",
        /// 答复.
        Reply = "reply",
        /// The host sends a co-handler's answer back to it.
        SendBack = "send_back",
        /// 提交审核.
        Submit = "submit",
        /// 审核通过.
        ReviewPass = "review_pass",
        /// 审核退回.
        ReviewReject = "review_reject",
        /// Records that (or how often in vain) the answer was brought to a reporter.
        Deliver = "deliver",
        /// 回访.
        Callback = "callback",
        /// 办结.
        Close = "close",
        /// 重办 after a callback.
        Rework = "rework",
        /// The person's way back in.
        Reopen = "reopen",
        /// A review decision opens an ended or archived case again.
        ReopenByReview = "reopen_by_review",
        /// 归档.
        Archive = "archive",
        /// 撤回.
        Withdraw = "withdraw",
        /// 退单申请.
        RequestReturn = "request_return",
        /// 同意退单.
        GrantReturn = "grant_return",
        /// 不同意退单.
        RefuseReturn = "refuse_return",
        /// 延期申请.
        RequestExtension = "request_extension",
        /// 同意延期.
        GrantExtension = "grant_extension",
        /// 不同意延期.
        RefuseExtension = "refuse_extension",
        /// 中止 for a statutory reason.
        Suspend = "suspend",
        /// The review of a suspension finds that its reason stands.
        ProlongSuspension = "prolong_suspension",
        /// 恢复.
        Resume = "resume",
        /// 并单.
        Merge = "merge",
        /// 拆单.
        Unmerge = "unmerge",
        /// Links a related case.
        Link = "link",
        /// 吹哨.
        Whistle = "whistle",
        /// The centre approves or changes a whistle.
        ApproveWhistle = "approve_whistle",
        /// The centre declines a whistle.
        DeclineWhistle = "decline_whistle",
        /// 报到: a whistled unit presses the button on arrival.
        WhistleArrive = "whistle_arrive",
        /// 催办.
        Remind = "remind",
        /// 督办单.
        Supervise = "supervise",
        /// The written reply to a supervision order.
        AnswerSupervision = "answer_supervision",
        /// 提级: the unit above is brought in.
        Escalate = "escalate",
        /// Adds information.
        AddInformation = "add_information",
        /// Changes who may know of it.
        ChangeConfidentiality = "change_confidentiality",
        /// Puts a legal hold on, so that retention skips the case.
        HoldLegally = "hold_legally",
        /// Lifts the legal hold.
        LiftHold = "lift_hold",
    }
}

lifecycle_words! {
    /// What moves a work order.
    OrderAction {
        /// Signs for it.
        Sign = "sign",
        /// Arrives on the spot.
        Arrive = "arrive",
        /// Starts work.
        Start = "start",
        /// Notes progress.
        Note = "note",
        /// Names its handler.
        AssignHandler = "assign_handler",
        /// Answers.
        Reply = "reply",
        /// Hands the answer in (host: to review, co-handler: to the host).
        Submit = "submit",
        /// The answer is accepted.
        Accept = "accept",
        /// The answer is sent back.
        SendBack = "send_back",
        /// Given back with consent.
        Return = "return",
        /// Taken back.
        Cancel = "cancel",
    }
}

lifecycle_words! {
    /// A way of ending; each lists its evidence ([`super::evidence_of`]).
    Ending {
        /// Answered, reached, called back.
        Closed = "closed",
        /// Answered; the person could not be reached in the required number of attempts.
        ClosedUnreachable = "closed_unreachable",
        /// Answered; nobody to tell, because the reporters are anonymous without contact.
        ClosedAnonymous = "closed_anonymous",
        /// Answered on the spot.
        Answered = "answered",
        /// Not accepted, with reason and legal route told.
        NotAccepted = "not_accepted",
        /// Given to 110, 119, 120 or 122.
        TransferredEmergency = "transferred_emergency",
        /// Goes on as part of another case.
        Merged = "merged",
        /// Taken back by the person.
        Withdrawn = "withdrawn",
    }
}

lifecycle_words! {
    /// A proof that an ending asks for.
    Evidence {
        /// A host's reply that somebody else passed in review.
        ReviewedReply = "reviewed_reply",
        /// Every reporter with a contact was reached (a delivery with evidence).
        Reached = "reached",
        /// Every reporter with a contact was reached or tried the required number of times.
        ReachedOrTried = "reached_or_tried",
        /// Every reporter with a contact was asked (or tried): resolved, satisfied.
        CalledBack = "called_back",
        /// No reporter left a contact.
        NoContact = "no_contact",
        /// The text of the answer.
        AnswerText = "answer_text",
        /// The answer, or the reason, was told to the person (or nobody left a contact).
        Told = "told",
        /// The legal reason.
        LegalReason = "legal_reason",
        /// The legal route open to the person.
        RouteTold = "route_told",
        /// Which emergency service took it, when.
        EmergencyService = "emergency_service",
        /// The service's receipt.
        Receipt = "receipt",
        /// The case it goes on in.
        MergedInto = "merged_into",
        /// The person's own statement.
        Statement = "statement",
        /// No supervision order waits for its written reply.
        SupervisionAnswered = "supervision_answered",
    }
}

lifecycle_words! {
    /// What lies over a state, with clocks of its own.
    OverlayKind {
        /// 退单申请.
        ReturnRequest = "return_request",
        /// 延期申请.
        ExtensionRequest = "extension_request",
        /// 中止.
        Suspension = "suspension",
        /// 督办.
        Supervision = "supervision",
        /// 提级.
        Escalation = "escalation",
    }
}

lifecycle_words! {
    /// The kinds of clock.
    ClockKind {
        /// To verify.
        Verify = "verify",
        /// To dispatch.
        Dispatch = "dispatch",
        /// To sign.
        Sign = "sign",
        /// To be on the spot.
        Arrive = "arrive",
        /// To resolve and answer.
        Resolve = "resolve",
        /// To review.
        Review = "review",
        /// To call back.
        Callback = "callback",
        /// To decide a return request.
        ReturnDecision = "return_decision",
        /// To decide an extension request.
        ExtensionDecision = "extension_decision",
        /// To review a suspension.
        SuspensionReview = "suspension_review",
        /// To review a whistle.
        WhistleReview = "whistle_review",
        /// To arrive after a whistle.
        WhistleArrival = "whistle_arrival",
        /// To answer a supervision order.
        SupervisionReply = "supervision_reply",
    }
}

lifecycle_words! {
    /// What an actor may do for this case: made from permissions and scope by the caller, never by the lifecycle.
    Power {
        /// Registers matters (first person asked).
        Register = "register",
        /// Verifies and corrects.
        Clean = "clean",
        /// Merges and takes merges apart.
        Merge = "merge",
        /// Dispatches.
        Dispatch = "dispatch",
        /// Decides requests, suspensions and whistles.
        Decide = "decide",
        /// Handles for a unit.
        Handle = "handle",
        /// Whistles for a town or village.
        Whistle = "whistle",
        /// Checks answers.
        Review = "review",
        /// Calls back.
        Callback = "callback",
        /// Closes.
        Close = "close",
        /// Reopens for the person.
        Reopen = "reopen",
        /// Archives, and opens the archive by a review decision.
        Archive = "archive",
        /// Supervises.
        Supervise = "supervise",
        /// Changes who may know of it.
        Seal = "seal",
        /// Is the person whose matter it is.
        Person = "person",
        /// The product itself (clock worker, retention, imports).
        System = "system",
    }
}

/// Whose the next step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The unit that owns the case now (first-asked responsibility).
    Owner,
    /// The county centre's desk.
    Centre,
    /// The host unit.
    Host,
}

/// Why an action is refused: a stable dotted code that locale files put into words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[error("refused: {code}")]
pub struct Refusal {
    /// The code, `case.wrong_state`.
    pub code: &'static str,
}

impl Refusal {
    /// A refusal with this code.
    #[must_use]
    pub const fn new(code: &'static str) -> Self {
        Self { code }
    }
}
