INSERT INTO item VALUES
  (1, 'tenant-a', 'Top.Science.Astronomy', '*.Science.*{1,2}', 'Science & Astro*'),
  (3, 'tenant-a', '', '*', 'a'),
  (1001, 'tenant-a', NULL, NULL, NULL),
  (1003, 'tenant-b', 'Top.Science.Astronomy', '*.Science.*{1,2}', 'Science & Astro*');
