-- The company, and openings with people who applied, so that the ids which the contract takes exist.
-- +goose Up

INSERT INTO engine.companies (id, poster_id, poster_first, poster_last, poster_email) VALUES
	('48213', '90017', 'Jane', 'Doe', 'jane@example.com');

INSERT INTO engine.jobs (id, company_id, title, description) VALUES
	('12345', '48213', 'Senior Software Engineer',
		'We are looking for a senior backend engineer with experience in distributed systems, API design and Node.js. You will design and run the services behind our ordering platform, choose how data is kept in PostgreSQL, and make sure that a bad night in one service does not become a bad night for all of them. The role involves mentoring two younger engineers, reviewing code every day and taking part in a fair on-call rota. You have led at least one system from the first sketch to production and can say what you would do differently today.'),
	('12346', '48213', 'Frontend Engineer',
		'Our customers book and change deliveries in the browser, many of them on old phones. As a frontend engineer you build these pages with TypeScript and React, keep them fast and accessible, and work with a designer and two backend engineers in the same small team. You care about semantic HTML, keyboard use, loading states and tests that catch what matters. Experience with performance budgets and design systems helps.'),
	('12347', '48213', 'Data Analyst',
		'You turn questions of the operations and finance teams into numbers they can act on. Daily work: SQL on our warehouse, dashboards that people really open, and short written findings. You check data quality before you draw a line through it, explain uncertainty in plain words, and say no to a chart that would mislead. Experience with dbt, Python and A/B tests is welcome; curiosity about how a delivery really works is required.'),
	('12348', '48213', 'Registered Nurse, Surgical Ward',
		'Our surgical ward has 28 beds and a steady flow of planned and urgent admissions. As a registered nurse you assess patients before and after operations, manage medication rounds and wound care, notice deterioration early and escalate it without delay. You hand over clearly, work closely with physiotherapy and the surgical team, and support student nurses on placement. Shifts rotate; we plan rosters six weeks ahead.'),
	('12349', '48213', 'Account Executive',
		'You sell our logistics software to mid-sized retailers, from the first conversation to the signed contract. You prepare well, ask about the business before showing the product, and keep an honest pipeline. Deals take two to four months and involve operations, finance and IT on the other side. You work with a solutions engineer for demonstrations and hand over cleanly to customer success. Experience with consultative selling and negotiation is important.'),
	('12350', '48213', 'Customer Support Specialist',
		'Our support team answers shops and drivers by phone, chat and e-mail, about two hundred conversations a day. You find out what has really happened, solve what you can, and bring the rest to the right colleague with everything they need. Angry callers are part of the job; so is writing help pages so that the next person needs no call. You know ticketing systems and write clear, friendly English; a second language is a plus.'),
	('12351', '48213', 'Product Manager',
		'You own the planning product that dispatchers use all day. You spend time in depots, talk with customers every week, and turn what you learn into a small number of problems worth solving. With the engineering lead and the designer you decide what comes next, write down why, and measure whether it helped. You can say no kindly, work with incomplete data and change course when the facts change.'),
	('12352', '48213', 'Financial Controller',
		'You close the books of two entities each month, prepare the budget with the department heads and explain variances to the management board. You own the internal controls over purchasing and payments, prepare the annual audit and improve how we forecast cash. Solid knowledge of IFRS and of an ERP system is needed, as is the patience to explain accruals to people who never wanted to hear of them.'),
	('12353', '48213', 'Human Resources Business Partner',
		'You advise the managers of three departments on hiring, performance, pay and difficult conversations, and you are somebody whom employees trust. You run the yearly review round, look after onboarding, handle grievances fairly and know employment law well enough to see when a lawyer is needed. You use people data with care and keep confidential what is confidential.'),
	('12354', '48213', 'Warehouse Operations Manager',
		'You run a fulfilment warehouse with sixty people in two shifts. You plan labour against the order forecast, keep picking accuracy and safety where they must be, and lead the team leads by being on the floor. You have improved a process with lean methods and can show the numbers before and after. Peak season is real; so is planning for it. Experience with a warehouse management system is required.'),
	('12355', '48213', 'Secondary School Teacher, Mathematics',
		'You teach mathematics to classes of about 26 pupils aged 11 to 16. You plan lessons that give every pupil something to reach for, check understanding as you go and adapt when it is not there. You set clear routines for behaviour, work with support staff for pupils with additional needs and speak with parents in good and in hard times. Assessment data informs your teaching; it does not replace knowing your pupils.'),
	('12356', '48213', 'DevOps Engineer',
		'You look after the platform on which eight product teams deploy several times a day: Kubernetes, Terraform, CI pipelines, monitoring with Prometheus. You make the safe way the easy way, lead incident reviews without blame and keep costs in sight. We expect experience with running Linux in production, with networks and with at least one public cloud, and the will to delete what is no longer used.');

INSERT INTO engine.job_candidates (id, job_id, first_name, last_name, email) VALUES
	('101', '12345', 'Maya', 'Okafor', 'maya.okafor@example.com'),
	('102', '12345', 'Jonas', 'Lindqvist', 'jonas.lindqvist@example.com'),
	('103', '12345', 'Priya', 'Raman', 'priya.raman@example.com'),
	('104', '12345', 'Tom', 'Becker', 'tom.becker@example.com'),
	('111', '12346', 'Lucía', 'Fernández', 'lucia.fernandez@example.com'),
	('112', '12346', 'Aaron', 'Whitfield', 'aaron.whitfield@example.com'),
	('113', '12346', 'Hana', 'Sato', 'hana.sato@example.com'),
	('121', '12347', 'Daniel', 'Mensah', 'daniel.mensah@example.com'),
	('122', '12347', 'Ingrid', 'Solberg', 'ingrid.solberg@example.com'),
	('123', '12347', 'Wei', 'Zhang', 'wei.zhang@example.com'),
	('131', '12348', 'Grace', 'Adeyemi', 'grace.adeyemi@example.com'),
	('132', '12348', 'Marek', 'Nowak', 'marek.nowak@example.com'),
	('133', '12348', 'Sofia', 'Rossi', 'sofia.rossi@example.com'),
	('141', '12349', 'Rachel', 'Goldberg', 'rachel.goldberg@example.com'),
	('142', '12349', 'Kofi', 'Asante', 'kofi.asante@example.com'),
	('143', '12349', 'Elena', 'Petrova', 'elena.petrova@example.com'),
	('151', '12350', 'Liam', 'Doherty', 'liam.doherty@example.com'),
	('152', '12350', 'Fatima', 'Zahra', 'fatima.zahra@example.com'),
	('153', '12350', 'Chloé', 'Martin', 'chloe.martin@example.com'),
	('154', '12350', 'Diego', 'Alvarez', 'diego.alvarez@example.com'),
	('161', '12351', 'Amara', 'Nwosu', 'amara.nwosu@example.com'),
	('162', '12351', 'Henrik', 'Dahl', 'henrik.dahl@example.com'),
	('163', '12351', 'Julia', 'Kowalska', 'julia.kowalska@example.com'),
	('171', '12352', 'Oliver', 'Grant', 'oliver.grant@example.com'),
	('172', '12352', 'Nadia', 'Haddad', 'nadia.haddad@example.com'),
	('181', '12353', 'Beatriz', 'Costa', 'beatriz.costa@example.com'),
	('182', '12353', 'Samuel', 'Ofori', 'samuel.ofori@example.com'),
	('183', '12353', 'Anna', 'Virtanen', 'anna.virtanen@example.com'),
	('191', '12354', 'Petr', 'Novotný', 'petr.novotny@example.com'),
	('192', '12354', 'Joanne', 'Clarke', 'joanne.clarke@example.com'),
	('193', '12354', 'Musa', 'Diallo', 'musa.diallo@example.com'),
	('201', '12355', 'Eleanor', 'Hughes', 'eleanor.hughes@example.com'),
	('202', '12355', 'Yusuf', 'Demir', 'yusuf.demir@example.com'),
	('203', '12355', 'Katarina', 'Horvat', 'katarina.horvat@example.com'),
	('211', '12356', 'Ravi', 'Menon', 'ravi.menon@example.com'),
	('212', '12356', 'Stefan', 'Ionescu', 'stefan.ionescu@example.com'),
	('213', '12356', 'Zoe', 'Papadaki', 'zoe.papadaki@example.com');

-- +goose Down
DELETE FROM engine.job_candidates;
DELETE FROM engine.jobs;
DELETE FROM engine.companies;
