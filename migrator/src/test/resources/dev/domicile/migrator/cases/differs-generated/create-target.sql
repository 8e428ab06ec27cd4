CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, v int GENERATED ALWAYS AS (id * 3) STORED);
