CREATE TABLE "Größe" ("schlüssel" int PRIMARY KEY, client_key text NOT NULL, "值" text, "😀" text, "Ａ" text);
CREATE TABLE "таблица" ("ид" int PRIMARY KEY, "größe" int NOT NULL REFERENCES "Größe");
CREATE TABLE "a_name_of_sixty_three_bytes_which_is_the_longest_that_is_kept__" (id int PRIMARY KEY, client_key text NOT NULL);
