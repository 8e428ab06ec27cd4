CREATE TABLE host (client_key text PRIMARY KEY, secret text);
CREATE TABLE setting (host text NOT NULL REFERENCES host (client_key) ON UPDATE CASCADE, name text, v text, PRIMARY KEY (host, name));
