-- What the install lifecycle has to remember beside the secret itself.

ALTER TABLE installation
    ADD COLUMN previous_secret    text,
    ADD COLUMN secret_replaced_at timestamptz,
    ADD COLUMN last_realm         text CHECK (last_realm <> ''),
    ADD COLUMN event_issued_at    timestamptz,
    ADD COLUMN event_token_sha256 text,
    ADD CONSTRAINT installation_previous_secret_dated
        CHECK (previous_secret IS NULL OR secret_replaced_at IS NOT NULL),
    -- What signed for an installation that is gone must not sign for the next one.
    ADD CONSTRAINT installation_previous_secret_lives
        CHECK (previous_secret IS NULL OR uninstalled_at IS NULL),
    -- While it is installed, its route says where it lives, and nothing else does.
    ADD CONSTRAINT installation_last_realm_is_past
        CHECK (last_realm IS NULL OR uninstalled_at IS NOT NULL);

COMMENT ON COLUMN installation.previous_secret IS 'the secret that shared_secret replaced, encrypted alike; good for requests in flight';
COMMENT ON COLUMN installation.secret_replaced_at IS 'when shared_secret took the place of previous_secret';
COMMENT ON COLUMN installation.last_realm IS 'where it lived when it was uninstalled, if that is to be kept; null if it is forgotten';
COMMENT ON COLUMN installation.event_issued_at IS 'when the token of the last installed or uninstalled call was issued; an older one is refused';
COMMENT ON COLUMN installation.event_token_sha256 IS 'of that token, in hex: it is good for one call and its repetitions';
