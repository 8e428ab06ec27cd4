INSERT INTO item VALUES (2, 'tenant-c', 'Top.Science.Astronomy', '*.Science.*{1,2}', 'Science & Astro*');
