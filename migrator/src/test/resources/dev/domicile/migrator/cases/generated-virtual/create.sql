CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, price numeric, vat numeric GENERATED ALWAYS AS (price * 0.19) VIRTUAL);
