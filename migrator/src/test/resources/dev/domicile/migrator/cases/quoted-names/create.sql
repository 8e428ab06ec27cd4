CREATE SCHEMA "My ""App""";
CREATE TABLE "My ""App"""."Order" ("select" int PRIMARY KEY, "client_key" text NOT NULL, "a""b" text, "it's" text, "$1" text, "%s" text, "{0}" text, "UPPER" text, "with space" text);
CREATE TABLE "My ""App"""."from" ("group" int, "table" int REFERENCES "My ""App"""."Order", PRIMARY KEY ("group", "table"));
