CREATE TABLE customer (id bigint PRIMARY KEY, name text);
CREATE TABLE purchase (id uuid PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customer);
CREATE TABLE audit (id int PRIMARY KEY, who bigint);
