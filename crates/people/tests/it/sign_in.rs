//! Signing in: cookies, lockout, forged requests, idle sessions, the second factor.

use crate::kit::{Answer, App, Browser, PASSWORD, on_both_apps};
use http::{Method, StatusCode};
use people::{Role, Settings, totp::Secret};
use serde_json::json;
use store::testkit::on_both_kits;

#[tokio::test]
async fn a_session_begins_shows_itself_and_ends() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Dispatcher]).await;
        let mut browser = app.browser();
        browser.get("/session").await.refused(StatusCode::UNAUTHORIZED, "auth.required");
        let answer = browser.sign_in(" LI ", PASSWORD).await.expect(StatusCode::OK);
        let cookie = answer.cookie.unwrap();
        assert!(cookie.contains("; HttpOnly; SameSite=Strict") && cookie.contains("; Path=/"), "{cookie}");
        assert_eq!(answer.body["unit"]["kind"], "centre");
        assert_eq!(answer.body["second_factor"], "none");
        assert_eq!(answer.body["next"], "none");
        assert_eq!(answer.body["idle_minutes"], 30);
        assert!(answer.body["account"]["id"].is_string());
        let permissions = answer.body["permissions"].as_array().unwrap();
        assert!(permissions.contains(&json!("case.dispatch")) && !permissions.contains(&json!("role.grant")));
        let shown = browser.get("/session").await.expect(StatusCode::OK);
        assert_eq!(shown.body, answer.body);
        browser.get("/probe").await.expect(StatusCode::OK);

        let stolen = browser.clone();
        let out = browser.send(Method::DELETE, "/session", None, &[]).await.expect(StatusCode::NO_CONTENT);
        assert!(out.cookie.unwrap().contains("Max-Age=0"));
        let mut stolen = stolen;
        stolen.get("/session").await.refused(StatusCode::UNAUTHORIZED, "auth.required");
    })
    .await;
}

#[tokio::test]
async fn secure_cookies_are_bound_to_the_host() {
    on_both_kits(async |kit| {
        let app = App::open(kit, Settings { secure_cookies: true, ..Settings::weak() }).await;
        app.account("li", app.centre, &[Role::Clerk]).await;
        let mut browser = app.browser();
        let cookie = browser.sign_in("li", PASSWORD).await.cookie.unwrap();
        assert!(cookie.starts_with("__Host-onedoor=") && cookie.contains("; Secure"), "{cookie}");
        browser.get("/probe").await.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn wrong_login_and_wrong_password_look_alike() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Clerk]).await;
        let wrong = app.browser().sign_in("li", "Not-this-2026").await;
        let unknown = app.browser().sign_in("nobody", "Not-this-2026").await;
        assert_eq!(wrong.body, unknown.body);
        wrong.refused(StatusCode::UNAUTHORIZED, "auth.failed");
    })
    .await;
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Clerk]).await;
        app.account("wang", app.centre, &[Role::Clerk]).await;
        for _ in 0..4 {
            app.browser()
                .sign_in("li", "Wrong-1-wrong")
                .await
                .refused(StatusCode::UNAUTHORIZED, "auth.failed");
        }
        // A right one in between starts the count again.
        app.signed_in("li").await;
        for _ in 0..5 {
            app.browser()
                .sign_in("li", "Wrong-1-wrong")
                .await
                .refused(StatusCode::UNAUTHORIZED, "auth.failed");
        }
        let locked = app.browser().sign_in("li", PASSWORD).await;
        assert_eq!(locked.headers["retry-after"], "900");
        locked.refused(StatusCode::TOO_MANY_REQUESTS, "auth.locked");
        app.signed_in("wang").await;
        app.minutes(14);
        app.browser().sign_in("li", PASSWORD).await.refused(StatusCode::TOO_MANY_REQUESTS, "auth.locked");
        app.minutes(2);
        app.signed_in("li").await;

        let mut audit = app.administrator(Role::AuditAdmin).await;
        let log = audit.get("/access-log?action=sign_in_failed&limit=50").await.expect(StatusCode::OK);
        let entries = log.body["items"].as_array().unwrap().clone();
        assert_eq!(entries.len(), 11);
        let locking = entries.iter().filter(|entry| entry["subject"] == "password; account locked").count();
        assert_eq!(locking, 1);
        assert!(entries.iter().all(|entry| entry["outcome"] == "refused" && entry["address"] == "10.0.0.1"));
    })
    .await;
}

#[tokio::test]
async fn somebody_who_guesses_does_not_lock_the_office_out() {
    on_both_kits(async |kit| {
        let app = App::open(kit, Settings { failures_per_minute: 3, ..Settings::weak() }).await;
        app.account("li", app.centre, &[Role::Clerk]).await;
        app.account("wang", app.centre, &[Role::Clerk]).await;
        app.account("zhao", app.centre, &[Role::Clerk]).await;
        // Li and Zhao work behind this address; Wang elsewhere.
        app.signed_in("li").await;
        app.signed_in("zhao").await;
        let mut elsewhere = app.browser();
        elsewhere.address = "10.0.0.2:4000".parse().unwrap();
        elsewhere.sign_in("wang", PASSWORD).await.expect(StatusCode::OK);
        app.minutes(29 * 24 * 60);
        for _ in 0..3 {
            for n in 0..3 {
                let answer = app.browser().sign_in(&format!("guess{n}"), PASSWORD).await;
                answer.refused(StatusCode::UNAUTHORIZED, "auth.failed");
            }
            app.signed_in("li").await;
            let guess = app.browser().sign_in("guess9", PASSWORD).await;
            guess.refused(StatusCode::TOO_MANY_REQUESTS, "auth.throttled");
            let stranger = app.browser().sign_in("wang", PASSWORD).await;
            stranger.refused(StatusCode::TOO_MANY_REQUESTS, "auth.throttled");
            app.minutes(1);
        }
        // Guessing at one who is at home ends at the account's own lock.
        for _ in 0..5 {
            let answer = app.browser().sign_in("li", "Wrong-1-wrong").await;
            answer.refused(StatusCode::UNAUTHORIZED, "auth.failed");
        }
        app.browser().sign_in("li", PASSWORD).await.refused(StatusCode::TOO_MANY_REQUESTS, "auth.locked");
        app.signed_in("zhao").await;
        // Who was not seen here for a month is a stranger again.
        app.minutes(31 * 24 * 60);
        for n in 0..3 {
            app.browser().sign_in(&format!("guess{n}"), PASSWORD).await;
        }
        let zhao = app.browser().sign_in("zhao", PASSWORD).await;
        zhao.refused(StatusCode::TOO_MANY_REQUESTS, "auth.throttled");
    })
    .await;
}

#[tokio::test]
async fn one_address_is_slowed_down_others_are_not() {
    on_both_kits(async |kit| {
        let app = App::open(kit, Settings { failures_per_minute: 3, ..Settings::weak() }).await;
        app.account("li", app.centre, &[Role::Clerk]).await;
        for n in 0..3 {
            let answer = app.browser().sign_in(&format!("guess{n}"), PASSWORD).await;
            answer.refused(StatusCode::UNAUTHORIZED, "auth.failed");
        }
        app.browser().sign_in("li", PASSWORD).await.refused(StatusCode::TOO_MANY_REQUESTS, "auth.throttled");
        let mut elsewhere = app.browser();
        elsewhere.address = "10.0.0.2:4000".parse().unwrap();
        elsewhere.sign_in("li", PASSWORD).await.expect(StatusCode::OK);
        app.minutes(1);
        app.signed_in("li").await;
    })
    .await;
}

/// The first answer that refuses for too many requests, or the last of so many.
async fn first_refused(browser: &mut Browser, at_most: usize) -> Answer {
    let mut answer = browser.get("/session").await;
    for _ in 1..at_most {
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        answer = browser.get("/session").await;
    }
    answer
}

#[tokio::test]
async fn who_asks_too_fast_waits_and_nobody_else() {
    on_both_kits(async |kit| {
        let paced =
            Settings { account_requests_per_second: 1, address_requests_per_second: 8, ..Settings::weak() };
        let app = App::open(kit, paced).await;
        app.account("li", app.centre, &[Role::Clerk]).await;
        app.account("wang", app.centre, &[Role::Clerk]).await;
        let (mut li, mut wang) = (app.signed_in("li").await, app.signed_in("wang").await);
        // Five at once, one a second: whatever the machine's speed, a hundred in a row are too many.
        let refused = first_refused(&mut li, 100).await;
        assert_eq!(refused.headers["retry-after"], "1");
        refused.refused(StatusCode::TOO_MANY_REQUESTS, "request.too_many");
        wang.get("/session").await.expect(StatusCode::OK);
        // Nobody signed in, one address: forty at once.
        let mut stranger = app.browser();
        stranger.address = "10.0.0.9:4000".parse().unwrap();
        first_refused(&mut stranger, 1000).await.refused(StatusCode::TOO_MANY_REQUESTS, "request.too_many");
        wang.get("/session").await.expect(StatusCode::OK);
        // This machine's own programs are not held to an address's pace.
        let mut here = app.browser();
        here.address = "127.0.0.1:4000".parse().unwrap();
        for _ in 0..200 {
            assert_ne!(here.get("/session").await.status, StatusCode::TOO_MANY_REQUESTS);
        }
    })
    .await;
}

#[tokio::test]
async fn forged_requests_are_refused() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Dispatcher]).await;
        let mut browser = app.signed_in("li").await;
        browser.post("/probe/cases", json!({})).await.expect(StatusCode::OK);
        let right = browser.csrf.take();
        browser.post("/probe/cases", json!({})).await.refused(StatusCode::FORBIDDEN, "csrf.refused");
        browser.csrf = Some("x".repeat(right.as_ref().unwrap().len()));
        browser.post("/probe/cases", json!({})).await.refused(StatusCode::FORBIDDEN, "csrf.refused");
        browser
            .send(Method::DELETE, "/session", None, &[])
            .await
            .refused(StatusCode::FORBIDDEN, "csrf.refused");
        browser.get("/probe").await.expect(StatusCode::OK);
        // The CSRF token of one session is worth nothing in another.
        browser.csrf = app.signed_in("li").await.csrf;
        browser.post("/probe/cases", json!({})).await.refused(StatusCode::FORBIDDEN, "csrf.refused");
        browser.csrf = right;
        browser.post("/probe/cases", json!({})).await.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn sessions_end_when_idle_and_at_last() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Clerk]).await;
        let mut idle = app.signed_in("li").await;
        app.minutes(29);
        idle.get("/probe").await.expect(StatusCode::OK);
        app.minutes(29);
        idle.get("/probe").await.expect(StatusCode::OK);
        app.minutes(30);
        idle.get("/probe").await.refused(StatusCode::UNAUTHORIZED, "auth.required");

        // A page left open polls, but that is nobody at work.
        let mut open = app.signed_in("li").await;
        for _ in 0..2 {
            app.minutes(14);
            open.send(Method::GET, "/probe", None, &[("x-background", "1")]).await.expect(StatusCode::OK);
        }
        app.minutes(14);
        open.send(Method::GET, "/probe", None, &[("x-background", "1")])
            .await
            .refused(StatusCode::UNAUTHORIZED, "auth.required");

        let mut busy = app.signed_in("li").await;
        for _ in 0..35 {
            app.minutes(20);
            busy.get("/probe").await.expect(StatusCode::OK);
        }
        app.minutes(20);
        busy.get("/probe").await.refused(StatusCode::UNAUTHORIZED, "auth.required");
    })
    .await;
}

#[tokio::test]
async fn a_one_time_password_opens_nothing_but_its_change() {
    on_both_apps(async |app: App| {
        let account = app.first.iter().find(|a| a.role == Role::SystemAdmin).unwrap().clone();
        let mut browser = app.browser();
        let answer = browser.sign_in(&account.login, &account.password).await.expect(StatusCode::OK);
        assert_eq!(answer.body["next"], "change_password");
        assert_eq!(answer.body["permissions"], json!(["session.own"]));
        browser.get("/units").await.refused(StatusCode::FORBIDDEN, "permission.refused");
        let change = |current: &str, password: &str| json!({ "current": current, "password": password });
        let refused = browser.post("/session/password", change("wrong", PASSWORD)).await;
        refused.refused(StatusCode::UNPROCESSABLE_ENTITY, "password.wrong");
        let weak = browser.post("/session/password", change(&account.password, "short")).await;
        assert_eq!(weak.body["fields"][0], json!({ "field": "password", "code": "password.too_short" }));
        let mut before = browser.clone();
        let done = browser.post("/session/password", change(&account.password, PASSWORD)).await;
        assert_eq!(done.expect(StatusCode::OK).body["next"], "none");
        browser.get("/units").await.expect(StatusCode::OK);
        // The session was renewed: the token from before is dead.
        before.get("/session").await.refused(StatusCode::UNAUTHORIZED, "auth.required");
        app.browser()
            .sign_in(&account.login, &account.password)
            .await
            .refused(StatusCode::UNAUTHORIZED, "auth.failed");
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_one_time_password_expires() {
    on_both_apps(async |app: App| {
        let account = app.first[0].clone();
        app.minutes(8 * 24 * 60);
        app.browser()
            .sign_in(&account.login, &account.password)
            .await
            .refused(StatusCode::FORBIDDEN, "auth.one_time_expired");
    })
    .await;
}

#[tokio::test]
async fn old_passwords_must_be_changed_where_the_county_says_so() {
    on_both_kits(async |kit| {
        let app = App::open(kit, Settings { password_days: 90, ..Settings::weak() }).await;
        app.account("li", app.centre, &[Role::Clerk]).await;
        app.minutes(89 * 24 * 60);
        app.signed_in("li").await.get("/probe").await.expect(StatusCode::OK);
        app.minutes(2 * 24 * 60);
        let mut browser = app.signed_in("li").await;
        browser.get("/probe").await.refused(StatusCode::FORBIDDEN, "permission.refused");
        assert_eq!(browser.get("/session").await.body["next"], "change_password");
    })
    .await;
}

async fn enrol(app: &App, browser: &mut crate::kit::Browser) -> Secret {
    let begun = browser.post("/session/totp", json!({})).await.expect(StatusCode::OK);
    assert!(begun.body["qr_svg"].as_str().unwrap().contains("<svg"));
    assert!(begun.body["uri"].as_str().unwrap().starts_with("otpauth://totp/OneDoor:li?secret="));
    let secret = Secret::from_base32(begun.body["secret"].as_str().unwrap()).unwrap();
    let code = secret.code_at(app.people.now()).unwrap();
    let answer = browser.post("/session/totp/confirm", json!({ "code": code })).await.expect(StatusCode::OK);
    assert_eq!(answer.body["second_factor"], "passed");
    secret
}

#[tokio::test]
async fn the_second_factor_is_asked_and_its_code_works_once() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Dispatcher]).await;
        let mut first = app.signed_in("li").await;
        let secret = enrol(&app, &mut first).await;
        first
            .post("/session/totp", json!({}))
            .await
            .refused(StatusCode::UNPROCESSABLE_ENTITY, "totp.enrolled");

        // The code that completed the enrolment is used up.
        let code = |app: &App| json!({ "code": secret.code_at(app.people.now()).unwrap() });
        let mut browser = app.browser();
        let answer = browser.sign_in("li", PASSWORD).await.expect(StatusCode::OK);
        assert_eq!(
            (&answer.body["second_factor"], &answer.body["next"]),
            (&json!("required"), &json!("second_factor"))
        );
        browser.get("/probe").await.refused(StatusCode::FORBIDDEN, "permission.refused");
        let change = json!({ "current": PASSWORD, "password": "Other-bridge-2026" });
        let refused = browser.post("/session/password", change).await;
        refused.refused(StatusCode::FORBIDDEN, "auth.second_factor_required");
        let replay = browser.post("/session/totp/confirm", code(&app)).await;
        replay.refused(StatusCode::FORBIDDEN, "auth.second_factor_wrong");

        app.minutes(1);
        let mut half = browser.clone();
        browser.post("/session/totp/confirm", code(&app)).await.expect(StatusCode::OK);
        browser.get("/probe").await.expect(StatusCode::OK);
        half.get("/session").await.refused(StatusCode::UNAUTHORIZED, "auth.required");

        // At once with the password; a replay of the same code is refused there too.
        app.minutes(1);
        let body = json!({ "login": "li", "password": PASSWORD, "code": code(&app)["code"] });
        let answer = app.browser().post("/session", body.clone()).await.expect(StatusCode::OK);
        assert_eq!(answer.body["second_factor"], "passed");
        let replay = app.browser().post("/session", body).await;
        replay.refused(StatusCode::FORBIDDEN, "auth.second_factor_wrong");
    })
    .await;
}

#[tokio::test]
async fn guessing_codes_locks_the_account() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Dispatcher]).await;
        let mut first = app.signed_in("li").await;
        let secret = enrol(&app, &mut first).await;
        let mut browser = app.signed_in("li").await;
        for _ in 0..5 {
            let wrong = browser.post("/session/totp/confirm", json!({ "code": "000000" })).await;
            wrong.refused(StatusCode::FORBIDDEN, "auth.second_factor_wrong");
        }
        app.minutes(1);
        let code = secret.code_at(app.people.now()).unwrap();
        app.browser().sign_in("li", PASSWORD).await.refused(StatusCode::TOO_MANY_REQUESTS, "auth.locked");
        let locked = browser.post("/session/totp/confirm", json!({ "code": code })).await;
        locked.refused(StatusCode::TOO_MANY_REQUESTS, "auth.locked");
    })
    .await;
}

#[tokio::test]
async fn the_password_alone_does_not_start_the_count_of_wrong_codes_again() {
    on_both_apps(async |app: App| {
        app.account("li", app.centre, &[Role::Dispatcher]).await;
        let mut first = app.signed_in("li").await;
        enrol(&app, &mut first).await;
        for _ in 0..5 {
            let mut browser = app.signed_in("li").await;
            let wrong = browser.post("/session/totp/confirm", json!({ "code": "000000" })).await;
            wrong.refused(StatusCode::FORBIDDEN, "auth.second_factor_wrong");
        }
        app.browser().sign_in("li", PASSWORD).await.refused(StatusCode::TOO_MANY_REQUESTS, "auth.locked");
    })
    .await;
}

#[tokio::test]
async fn administrators_must_enrol_where_the_county_says_so() {
    on_both_kits(async |kit| {
        let settings = Settings { administrators_need_second_factor: true, ..Settings::weak() };
        let app = App::open(kit, settings).await;
        let mut browser = app.administrator(Role::SystemAdmin).await;
        assert_eq!(browser.get("/session").await.body["next"], "enrol");
        browser.get("/units").await.refused(StatusCode::FORBIDDEN, "permission.refused");
        let begun = browser.post("/session/totp", json!({})).await.expect(StatusCode::OK);
        let secret = Secret::from_base32(begun.body["secret"].as_str().unwrap()).unwrap();
        let code = secret.code_at(app.people.now()).unwrap();
        browser.post("/session/totp/confirm", json!({ "code": code })).await.expect(StatusCode::OK);
        browser.get("/units").await.expect(StatusCode::OK);
    })
    .await;
}
