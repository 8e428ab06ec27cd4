CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TABLE special (extra text, PRIMARY KEY (id)) INHERITS (item);
