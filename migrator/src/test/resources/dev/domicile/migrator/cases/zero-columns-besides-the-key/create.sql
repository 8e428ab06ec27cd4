CREATE TABLE item (client_key text PRIMARY KEY);
CREATE TABLE part (client_key text REFERENCES item, n int, PRIMARY KEY (client_key, n));
