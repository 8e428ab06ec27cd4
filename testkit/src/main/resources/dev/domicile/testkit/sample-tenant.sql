INSERT INTO atlassian_host (client_key, base_url, product_type, created_date)
VALUES (:tenant, 'https://' || :tenant || '.example.com', 'jira', '2024-02-29 12:00:00+01');

INSERT INTO board (client_key, name, settings)
SELECT :tenant, 'Board ' || i, jsonb_build_object('columns', i % 7, 'colour', 'grün', 'swimlanes', i % 2 = 0)
FROM generate_series(1, :boards) AS i;

INSERT INTO note (client_key, board_id, title, body, status, tags, position, due, created_at)
SELECT :tenant, b.ids[1 + i % :boards], 'Note ' || i || ' of ' || :tenant,
       CASE WHEN i % 5 = 0 THEN NULL ELSE repeat('It''s a "quoted" line, tab:' || chr(9) || ' ünïcode 漢字. ', 1 + i % 5) END,
       (ARRAY['draft', 'open', 'done']::note_status[])[1 + i % 3],
       CASE WHEN i % 4 = 0 THEN '{}' ELSE ARRAY['tag' || i % 10, NULL, 'a,b', ''] END,
       i / 7.0, CASE WHEN i % 3 = 0 THEN date '2024-01-01' + i % 1000 END,
       timestamptz '2024-01-01 00:00:00.123456+00' + i * interval '1 minute'
FROM generate_series(1, :notes) AS i,
     (SELECT array_agg(id ORDER BY id) AS ids FROM board WHERE client_key = :tenant) AS b;

INSERT INTO comment (note_id, author, body, created_at)
SELECT n.id, md5(n.id::text)::uuid, 'First answer to ' || n.title, n.created_at + interval '1 hour'
FROM note AS n WHERE n.client_key = :tenant ORDER BY n.id;

-- Answers refer to the comment before and, some of them, to one with a higher id.
INSERT INTO comment (note_id, parent_id, author, body, created_at)
SELECT c.note_id, c.id, md5(c.body)::uuid, repeat('Second answer. ', (c.id % 10)::int + 1), c.created_at + interval '1 day'
FROM comment AS c JOIN note AS n ON n.id = c.note_id WHERE n.client_key = :tenant ORDER BY c.id;

UPDATE comment AS c SET parent_id = later.id
FROM comment AS later JOIN note AS n ON n.id = later.note_id
WHERE n.client_key = :tenant AND c.note_id = later.note_id AND c.parent_id IS NULL AND c.note_id % 9 = 0
  AND later.parent_id = c.id;

INSERT INTO attachment (id, note_id, file_name, content)
SELECT md5(:tenant || n.id)::uuid, n.id, 'file-' || n.id || '.bin',
       (SELECT string_agg(sha256((n.id || ':' || k)::bytea), '') FROM generate_series(1, :hashes) AS k)
FROM note AS n WHERE n.client_key = :tenant AND n.id % 10 IN (0, 1);

INSERT INTO note_label (note_id, label)
SELECT n.id, (ARRAY['red', 'green', 'blue', 'grey'])[1 + n.id / 2 % 4]
FROM note AS n WHERE n.client_key = :tenant;
