-- Which installation of Forge a tenant is, for calls that Forge signs and not Connect.

ALTER TABLE installation
    ADD COLUMN installation_id text CHECK (installation_id <> '');

COMMENT ON COLUMN installation.installation_id IS 'what Forge calls the installation, an ARI, if an installed call named it';

-- As long as it lives, an installation is one tenant's.
CREATE UNIQUE INDEX installation_forge_idx ON installation (installation_id) WHERE uninstalled_at IS NULL;
