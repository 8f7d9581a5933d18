"""The database's tables, as steps from one version to the next. Steps are never changed, only added.

Statements are told apart by their semicolons, so none stands inside a statement.
"""

STEPS: tuple[str, ...] = (
    """
    CREATE TABLE virtual_keys (
        row INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        digest TEXT NOT NULL UNIQUE,
        hint TEXT NOT NULL,
        created_at_s INTEGER NOT NULL,
        is_enabled INTEGER NOT NULL DEFAULT 1,
        revoked_at_s INTEGER,
        expires_at_s INTEGER,
        models TEXT NOT NULL DEFAULT '[]',
        providers TEXT NOT NULL DEFAULT '[]',
        budget_usd_e9 INTEGER,
        budget_window TEXT NOT NULL DEFAULT 'month',
        rpm INTEGER
    );
    CREATE TABLE usage (
        call_id TEXT PRIMARY KEY,
        started_at_ms INTEGER NOT NULL,
        key_id TEXT NOT NULL,
        operation TEXT NOT NULL,
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        upstream_model TEXT NOT NULL,
        is_stream INTEGER NOT NULL,
        status INTEGER NOT NULL,
        fault TEXT NOT NULL,
        input_text INTEGER,
        cache_read INTEGER,
        cache_write INTEGER,
        input_audio INTEGER,
        input_image INTEGER,
        output_text INTEGER,
        reasoning INTEGER,
        output_audio INTEGER,
        output_image INTEGER,
        cost_usd_e9 INTEGER,
        is_estimated INTEGER NOT NULL,
        duration_us INTEGER NOT NULL,
        first_byte_us INTEGER NOT NULL,
        overhead_us INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        request_bytes INTEGER NOT NULL,
        response_bytes INTEGER NOT NULL,
        client_address TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX usage_by_time ON usage (started_at_ms);
    CREATE INDEX usage_by_key ON usage (key_id, started_at_ms);
    CREATE TABLE ingest (segment TEXT PRIMARY KEY, offset INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    """,
    # What each key spent a day, apart from the calls: retention deletes those, and a budget must not
    # start anew because of it.
    """
    CREATE TABLE spend (
        key_id TEXT NOT NULL,
        day INTEGER NOT NULL,
        usd_e9 INTEGER NOT NULL,
        PRIMARY KEY (key_id, day)
    ) WITHOUT ROWID;
    INSERT INTO spend (key_id, day, usd_e9)
        SELECT key_id, started_at_ms / 86400000, SUM(cost_usd_e9) FROM usage
        WHERE cost_usd_e9 IS NOT NULL GROUP BY 1, 2;
    """,
    # Of calls that were routed or tried more than once: most are not, so it is no column of theirs.
    """
    CREATE TABLE receipts (call_id TEXT PRIMARY KEY, receipt TEXT NOT NULL) WITHOUT ROWID;
    """,
)
