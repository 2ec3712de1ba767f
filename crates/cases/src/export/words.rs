//! The words of an export. The console has its own in its locale files; a file that leaves the house must say the
//! same without them.

use super::Language;

/// A word in a language; one without an entry stands for itself.
#[must_use]
pub(super) fn of<'w>(group: &str, word: &'w str, language: Language) -> &'w str {
    let found = WORDS.iter().find(|(in_group, key, ..)| *in_group == group && *key == word);
    match (found, language) {
        (Some((_, _, zh, _)), Language::Zh) => zh,
        (Some((_, _, _, en)), Language::En) => en,
        (None, _) => word,
    }
}

/// Group, word, Chinese, English.
pub(super) const WORDS: &[(&str, &str, &str, &str)] = &[
    ("kind", "request", "求助", "Request"),
    ("kind", "complaint", "投诉", "Complaint"),
    ("kind", "inquiry", "咨询", "Inquiry"),
    ("kind", "suggestion", "建议", "Suggestion"),
    ("kind", "hazard", "隐患", "Hazard"),
    ("kind", "dispute", "矛盾纠纷", "Dispute"),
    ("kind", "wrongdoing_report", "检举控告", "Report of wrongdoing"),
    ("kind", "whistle", "吹哨", "Whistle"),
    ("channel", "window", "窗口", "Window"),
    ("channel", "hotline", "热线", "Hotline"),
    ("channel", "duty_office", "值班室", "Duty office"),
    ("channel", "grid_worker", "网格员", "Grid worker"),
    ("channel", "portal", "门户", "Portal"),
    ("channel", "one_code", "一码直报", "One code"),
    ("channel", "partner", "协作单位", "Partner"),
    ("channel", "sensor", "传感器", "Sensor"),
    ("channel", "leader_reception", "领导接访", "Leader's reception"),
    ("urgency", "emergency", "特急", "Emergency"),
    ("urgency", "urgent", "紧急", "Urgent"),
    ("urgency", "ordinary", "一般", "Ordinary"),
    ("urgency", "hard", "疑难", "Hard"),
    ("confidentiality", "open", "普通", "Open"),
    ("confidentiality", "restricted", "限定知悉", "Restricted"),
    ("confidentiality", "sealed", "保密", "Sealed"),
    ("state", "received", "待清洗", "Received"),
    ("state", "verified", "待派单", "Verified"),
    ("state", "dispatched", "待签收", "Dispatched"),
    ("state", "signed", "已签收", "Signed"),
    ("state", "in_progress", "办理中", "In progress"),
    ("state", "replied", "已答复", "Replied"),
    ("state", "under_review", "待审核", "Under review"),
    ("state", "callback", "待回访", "Callback"),
    ("state", "answered", "已当场答复", "Answered on the spot"),
    ("state", "not_accepted", "不予受理", "Not accepted"),
    ("state", "transferred_emergency", "已转紧急", "Transferred"),
    ("state", "closed", "已办结", "Closed"),
    ("state", "archived", "已归档", "Archived"),
    ("state", "merged", "已并单", "Merged"),
    ("state", "withdrawn", "已撤回", "Withdrawn"),
    ("clock", "verify", "清洗", "Verify"),
    ("clock", "dispatch", "派单", "Dispatch"),
    ("clock", "sign", "签收", "Sign"),
    ("clock", "arrive", "到场", "Arrive"),
    ("clock", "resolve", "办结", "Resolve"),
    ("clock", "review", "审核", "Review"),
    ("clock", "callback", "回访", "Callback"),
    ("clock", "close", "办结", "Close"),
    ("clock", "rework", "重办", "Rework"),
    ("clock", "return_decision", "退单审定", "Decide return"),
    ("clock", "extension_decision", "延期审定", "Decide extension"),
    ("clock", "suspension_review", "中止复核", "Review suspension"),
    ("clock", "whistle_review", "吹哨审核", "Review whistle"),
    ("clock", "whistle_arrival", "吹哨到场", "Arrive for whistle"),
    ("clock", "supervision_reply", "督办回复", "Answer supervision"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use rules::{
        lifecycle::{CaseState, ClockKind},
        words::{CaseKind, Channel, Confidentiality, Urgency},
    };

    #[test]
    fn every_word_has_an_entry() {
        let known = |group: &str, word: &str| {
            assert!(
                WORDS.iter().any(|(in_group, key, ..)| *in_group == group && *key == word),
                "{group} {word}"
            );
        };
        CaseKind::ALL.iter().for_each(|word| known("kind", word.as_str()));
        Channel::ALL.iter().for_each(|word| known("channel", word.as_str()));
        Urgency::ALL.iter().for_each(|word| known("urgency", word.as_str()));
        Confidentiality::ALL.iter().for_each(|word| known("confidentiality", word.as_str()));
        CaseState::ALL.iter().for_each(|word| known("state", word.as_str()));
        ClockKind::ALL.iter().for_each(|word| known("clock", word.as_str()));
    }
}
