-- As Atlassian's own JPA starter names them.
CREATE TABLE atlassian_host (
    client_key                          varchar(255) PRIMARY KEY,
    oauth_client_id                     varchar(255),
    shared_secret                       varchar(255),
    authentication                      varchar(255),
    cloud_id                            varchar(255),
    base_url                            varchar(255) NOT NULL,
    display_url                         varchar(255),
    display_url_servicedesk_help_center varchar(255),
    product_type                        varchar(255),
    description                         varchar(255),
    service_entitlement_number          varchar(255),
    entitlement_id                      varchar(255),
    entitlement_number                  varchar(255),
    installation_id                     varchar(255),
    addon_installed                     boolean NOT NULL,
    created_date                        timestamptz NOT NULL DEFAULT now(),
    last_modified_date                  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_atlassian_host_base_url ON atlassian_host (base_url);

CREATE TABLE atlassian_host_mapping (
    installation_id varchar(255) PRIMARY KEY,
    client_key      varchar(255) NOT NULL
);
