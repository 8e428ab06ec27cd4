INSERT INTO "Größe" SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1), '值', '😀', 'Ａ' FROM generate_series(1, 30) AS i;
INSERT INTO "таблица" SELECT i, i FROM generate_series(1, 30) AS i;
INSERT INTO "a_name_of_sixty_three_bytes_which_is_the_longest_that_is_kept__" VALUES (1, 'tenant-a'), (2, 'tenant-b');
