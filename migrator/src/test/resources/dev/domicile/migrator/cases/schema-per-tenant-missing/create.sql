CREATE SCHEMA "tenant_a-1";
CREATE TABLE "tenant_a-1".board (id int PRIMARY KEY, name text);
