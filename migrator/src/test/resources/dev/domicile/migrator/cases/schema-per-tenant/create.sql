CREATE SCHEMA "tenant_a-1"; CREATE SCHEMA "tenant_b-2"; CREATE SCHEMA common;
CREATE TABLE common.country (code text PRIMARY KEY);
CREATE TABLE "tenant_a-1".board (id serial PRIMARY KEY, name text);
CREATE TABLE "tenant_a-1".note (id int PRIMARY KEY, board int REFERENCES "tenant_a-1".board, country text REFERENCES common.country);
CREATE TABLE "tenant_a-1".log (line text);
CREATE TABLE "tenant_b-2".board (id serial PRIMARY KEY, name text);
