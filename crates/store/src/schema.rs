//! The one map of the data: every table, and the area that owns it. Only the owner writes a table.
#![allow(missing_docs)]

diesel::table! {
    /// Owner: store.
    counters (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::table! {
    /// Owner: store.
    settings (name) {
        name -> Text,
        value -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    /// Owner: store.
    data_keys (id) {
        id -> BigInt,
        subject_kind -> Text,
        subject -> BigInt,
        alg -> Text,
        master_key -> Text,
        wrapped -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    /// Owner: store.
    streams (id) {
        id -> BigInt,
        kind -> Text,
        seq -> BigInt,
        head -> Binary,
    }
}

diesel::table! {
    /// Owner: store.
    events (id) {
        id -> BigInt,
        position -> Nullable<BigInt>,
        stream -> BigInt,
        seq -> BigInt,
        kind -> Text,
        kind_version -> BigInt,
        occurred_at -> BigInt,
        recorded_at -> BigInt,
        actor -> Nullable<BigInt>,
        actor_unit -> Nullable<BigInt>,
        public -> Text,
        alg -> Text,
        commitments -> Binary,
        prev_hash -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    /// Owner: store.
    event_parts (event_id, name) {
        event_id -> BigInt,
        name -> Text,
        key_id -> BigInt,
        sealed -> Binary,
    }
}

diesel::table! {
    /// Owner: store.
    cursors (name) {
        name -> Text,
        position -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    /// Owner: store.
    tree_tiles (level, idx) {
        level -> BigInt,
        idx -> BigInt,
        hashes -> Binary,
    }
}

diesel::table! {
    /// Owner: store.
    tree_heads (size) {
        size -> BigInt,
        root -> Binary,
        signed_at -> BigInt,
        alg -> Text,
        key_id -> Text,
        signature -> Binary,
    }
}

diesel::table! {
    /// Owner: store.
    clocks (id) {
        id -> BigInt,
        case_id -> BigInt,
        work_order_id -> Nullable<BigInt>,
        kind -> Text,
        next_step -> Bool,
        state -> Text,
        stage -> BigInt,
        unit_id -> Nullable<BigInt>,
        rule -> Text,
        time_limit -> Text,
        started_at -> BigInt,
        remind_at -> Nullable<BigInt>,
        due_at -> BigInt,
        red_at -> Nullable<BigInt>,
        fire_at -> Nullable<BigInt>,
        paused_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Owner: store.
    tally_deltas (id) {
        id -> BigInt,
        day -> BigInt,
        unit_id -> BigInt,
        town_id -> BigInt,
        channel -> Text,
        kind -> Text,
        category -> Text,
        counts -> Text,
    }
}

diesel::table! {
    /// Owner: store.
    cube_cells (cube, period, key) {
        cube -> Text,
        period -> BigInt,
        key -> Text,
        counts -> Text,
    }
}

diesel::table! {
    /// Owner: store.
    requests (actor, client_id) {
        actor -> BigInt,
        client_id -> Text,
        body_hash -> Binary,
        outcome -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    /// Owner: store.
    access_log (id) {
        id -> BigInt,
        at -> BigInt,
        account_id -> Nullable<BigInt>,
        unit_id -> Nullable<BigInt>,
        action -> Text,
        case_id -> Nullable<BigInt>,
        subject -> Text,
        outcome -> Text,
        address -> Text,
        key_id -> Nullable<BigInt>,
        purpose -> Binary,
        commitment -> Binary,
        seq -> Nullable<BigInt>,
        hash -> Nullable<Binary>,
    }
}

diesel::table! {
    /// Owner: store.
    search_docs (case_id) {
        case_id -> BigInt,
        scope -> Text,
        body -> Text,
    }
}

diesel::table! {
    /// Owner: people.
    units (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        short_name -> Text,
        kind -> Text,
        parent_id -> Nullable<BigInt>,
        area_id -> Nullable<BigInt>,
        phone -> Text,
        active -> Bool,
        successor_id -> Nullable<BigInt>,
        version -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    /// Owner: people.
    accounts (id) {
        id -> BigInt,
        login -> Text,
        name -> Text,
        unit_id -> BigInt,
        phone -> Text,
        password_hash -> Text,
        must_change_password -> Bool,
        password_set_at -> BigInt,
        totp_sealed -> Nullable<Binary>,
        totp_last_step -> BigInt,
        state -> Text,
        failed_count -> BigInt,
        locked_until -> Nullable<BigInt>,
        language -> Text,
        version -> BigInt,
        created_at -> BigInt,
        last_sign_in_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Owner: people.
    grants (id) {
        id -> BigInt,
        account_id -> BigInt,
        role -> Text,
        unit_id -> Nullable<BigInt>,
        area_id -> Nullable<BigInt>,
        granted_by -> Nullable<BigInt>,
        granted_at -> BigInt,
        expires_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Owner: people.
    sessions (token_hash) {
        token_hash -> Binary,
        account_id -> BigInt,
        csrf -> Text,
        second_factor -> Bool,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
        address -> Text,
        agent -> Text,
    }
}

diesel::table! {
    /// Owner: people.
    preferences (account_id) {
        account_id -> BigInt,
        body -> Text,
        version -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    /// Owner: people.
    api_tokens (id) {
        id -> BigInt,
        token_hash -> Binary,
        account_id -> BigInt,
        name -> Text,
        scopes -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Owner: people.
    persons (id) {
        id -> BigInt,
        key_id -> BigInt,
        sealed -> Binary,
        phone_hash -> Nullable<Binary>,
        document_hash -> Nullable<Binary>,
        phone_last4 -> Nullable<Text>,
        created_at -> BigInt,
        erased_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Owner: territory.
    areas (id) {
        id -> BigInt,
        code -> Text,
        level -> Text,
        name -> Text,
        parent_id -> Nullable<BigInt>,
        county_id -> Nullable<BigInt>,
        town_id -> Nullable<BigInt>,
        village_id -> Nullable<BigInt>,
        urban_class -> Text,
        households -> Nullable<BigInt>,
        lon -> Nullable<Double>,
        lat -> Nullable<Double>,
        valid_from -> BigInt,
        valid_to -> Nullable<BigInt>,
        successor_code -> Nullable<Text>,
    }
}

diesel::table! {
    /// Owner: territory.
    area_shapes (area_id) {
        area_id -> BigInt,
        geojson -> Text,
        min_lon -> Double,
        min_lat -> Double,
        max_lon -> Double,
        max_lat -> Double,
        version -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    /// Owner: territory.
    grid_posts (id) {
        id -> BigInt,
        area_id -> BigInt,
        post -> Text,
        account_id -> Nullable<BigInt>,
        name -> Text,
        phone -> Text,
        from_at -> BigInt,
        until_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Owner: territory.
    service_points (id) {
        id -> BigInt,
        name -> Text,
        kind -> Text,
        area_id -> BigInt,
        lon -> Nullable<Double>,
        lat -> Nullable<Double>,
        address -> Text,
        phone -> Text,
        hours -> Text,
        active -> Bool,
    }
}

diesel::table! {
    /// Owner: cases.
    rule_sets (id) {
        id -> BigInt,
        kind -> Text,
        version -> BigInt,
        body -> Text,
        note -> Text,
        published_by -> Nullable<BigInt>,
        published_at -> BigInt,
    }
}

diesel::table! {
    /// Owner: cases.
    cases (id) {
        id -> BigInt,
        number -> Text,
        kind -> Text,
        channel -> Text,
        state -> Text,
        ended_as -> Nullable<Text>,
        open -> Bool,
        urgency -> Text,
        resolution_class -> Text,
        confidentiality -> Text,
        category -> Text,
        county_id -> Nullable<BigInt>,
        town_id -> Nullable<BigInt>,
        village_id -> Nullable<BigInt>,
        grid_id -> Nullable<BigInt>,
        lon -> Nullable<Double>,
        lat -> Nullable<Double>,
        key_id -> BigInt,
        title -> Binary,
        host_unit_id -> Nullable<BigInt>,
        owner_unit_id -> BigInt,
        owner_account_id -> Nullable<BigInt>,
        first_unit_id -> BigInt,
        registered_by -> Nullable<BigInt>,
        registered_unit_id -> BigInt,
        reported_unit_id -> Nullable<BigInt>,
        designated -> Bool,
        anonymous -> Bool,
        head_count -> BigInt,
        reporter_count -> BigInt,
        round -> BigInt,
        version -> BigInt,
        next_step -> Nullable<Text>,
        next_due_at -> Nullable<BigInt>,
        due_at -> Nullable<BigInt>,
        suspended -> Bool,
        supervision -> Text,
        occurred_at -> BigInt,
        received_at -> BigInt,
        dispatched_by -> Nullable<BigInt>,
        dispatched_at -> Nullable<BigInt>,
        replied_at -> Nullable<BigInt>,
        closed_at -> Nullable<BigInt>,
        archived_at -> Nullable<BigInt>,
        merged_into -> Nullable<BigInt>,
        reopened_count -> BigInt,
        rule_version -> BigInt,
        rule_chosen -> Text,
        check_code_hash -> Binary,
        legal_hold -> Bool,
        updated_at -> BigInt,
    }
}

diesel::table! {
    /// Owner: cases.
    case_texts (case_id) {
        case_id -> BigInt,
        detail -> Binary,
        place -> Binary,
        form -> Binary,
    }
}

diesel::table! {
    /// Owner: cases.
    case_rounds (case_id, round) {
        case_id -> BigInt,
        round -> BigInt,
        host_unit_id -> Nullable<BigInt>,
        owner_unit_id -> BigInt,
        ended_as -> Nullable<Text>,
        closed_at -> Nullable<BigInt>,
        due_at -> Nullable<BigInt>,
        replied_at -> Nullable<BigInt>,
        over_at -> BigInt,
        callbacks -> BigInt,
        resolved -> BigInt,
        satisfied -> BigInt,
        unsatisfied -> BigInt,
        unreachable -> BigInt,
    }
}

diesel::table! {
    /// Owner: cases.
    work_orders (id) {
        id -> BigInt,
        case_id -> BigInt,
        unit_id -> BigInt,
        part -> Text,
        state -> Text,
        open -> Bool,
        round -> BigInt,
        handler_id -> Nullable<BigInt>,
        hands -> Text,
        returned_before -> Bool,
        dispatched_at -> BigInt,
        signed_at -> Nullable<BigInt>,
        arrived_at -> Nullable<BigInt>,
        replied_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        sign_due_at -> Nullable<BigInt>,
        due_at -> Nullable<BigInt>,
        version -> BigInt,
    }
}

diesel::table! {
    /// Owner: cases.
    case_units (case_id, unit_id) {
        case_id -> BigInt,
        unit_id -> BigInt,
        part -> Text,
    }
}

diesel::table! {
    /// Owner: cases.
    reporters (id) {
        id -> BigInt,
        case_id -> BigInt,
        origin_case_id -> BigInt,
        person_id -> Nullable<BigInt>,
        anonymous -> Bool,
        confidential -> Bool,
        contact -> Bool,
        joined_at -> BigInt,
        attempts -> BigInt,
        reached_at -> Nullable<BigInt>,
        resolved -> Nullable<Text>,
        satisfaction -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Owner: cases.
    replies (id) {
        id -> BigInt,
        case_id -> BigInt,
        work_order_id -> Nullable<BigInt>,
        round -> BigInt,
        unit_id -> Nullable<BigInt>,
        account_id -> Nullable<BigInt>,
        text -> Binary,
        result -> Text,
        replied_at -> BigInt,
        reviewed_by -> Nullable<BigInt>,
        reviewed_at -> Nullable<BigInt>,
        review -> Nullable<Text>,
    }
}

diesel::table! {
    /// Owner: cases.
    deliveries (id) {
        id -> BigInt,
        case_id -> BigInt,
        reporter_id -> Nullable<BigInt>,
        reply_id -> Nullable<BigInt>,
        channel -> Text,
        state -> Text,
        attempts -> BigInt,
        evidence -> Text,
        evidence_text -> Nullable<Binary>,
        account_id -> Nullable<BigInt>,
        first_at -> BigInt,
        reached_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Owner: cases.
    overlays (id) {
        id -> BigInt,
        case_id -> BigInt,
        work_order_id -> Nullable<BigInt>,
        kind -> Text,
        state -> Text,
        reason -> Binary,
        basis -> Text,
        basis_text -> Nullable<Binary>,
        asked_by -> Nullable<BigInt>,
        asked_unit_id -> Nullable<BigInt>,
        asked_at -> BigInt,
        asked_until -> Nullable<BigInt>,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<BigInt>,
        decision -> Nullable<Binary>,
    }
}

diesel::table! {
    /// Owner: cases.
    cards (id) {
        id -> BigInt,
        case_id -> BigInt,
        work_order_id -> Nullable<BigInt>,
        clock_id -> BigInt,
        unit_id -> Nullable<BigInt>,
        level -> Text,
        issued_at -> BigInt,
        withdrawn_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Owner: cases.
    whistles (id) {
        id -> BigInt,
        case_id -> BigInt,
        unit_id -> BigInt,
        state -> Text,
        reason -> Binary,
        whistled_by -> Nullable<BigInt>,
        whistled_at -> BigInt,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<BigInt>,
        decision -> Nullable<Binary>,
    }
}

diesel::table! {
    /// Owner: cases.
    whistle_units (whistle_id, unit_id) {
        whistle_id -> BigInt,
        unit_id -> BigInt,
        state -> Text,
        arrived_at -> Nullable<BigInt>,
        arrived_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Owner: cases.
    attachments (id) {
        id -> BigInt,
        case_id -> BigInt,
        event_id -> Nullable<BigInt>,
        account_id -> Nullable<BigInt>,
        name -> Binary,
        media_type -> Text,
        size -> BigInt,
        sha256 -> Binary,
        path -> Text,
        thumbnail_path -> Nullable<Text>,
        key_id -> BigInt,
        created_at -> BigInt,
        removed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Owner: cases.
    case_links (case_id, other_id, kind) {
        case_id -> BigInt,
        other_id -> BigInt,
        kind -> Text,
        made_by -> Nullable<BigInt>,
        made_at -> BigInt,
    }
}

diesel::table! {
    /// Owner: cases.
    external_refs (system, number) {
        system -> Text,
        number -> Text,
        case_id -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    counters,
    settings,
    data_keys,
    streams,
    events,
    event_parts,
    cursors,
    tree_tiles,
    tree_heads,
    clocks,
    tally_deltas,
    cube_cells,
    requests,
    access_log,
    search_docs,
    units,
    accounts,
    grants,
    sessions,
    preferences,
    api_tokens,
    persons,
    areas,
    area_shapes,
    grid_posts,
    service_points,
    rule_sets,
    cases,
    case_texts,
    case_rounds,
    work_orders,
    case_units,
    reporters,
    replies,
    deliveries,
    overlays,
    cards,
    whistles,
    whistle_units,
    attachments,
    case_links,
    external_refs,
);
