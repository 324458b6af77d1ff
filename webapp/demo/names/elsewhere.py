"""Families with roots in the Middle East, Turkey, East Asia and further away."""

from __future__ import annotations

from webapp.demo.names.shapes import Background, Faith, listed

ELSEWHERE = (
    Background(
        "arabic", 26, "OOTH", "ar", 0.6,
        listed("Amira, Layla, Yasmin, Rania, Salma, Dana, Lina, Sara, Maya, Jana, Huda, Tala, Ghazal, Farah"),
        listed("Omar, Karim, Yousef, Zaid, Ali, Tareq, Anas, Hadi, Adam, Sami, Laith, Mustafa, Rami, Nour"),
        listed("Rana, Hanan, Samira, Nour, Maha, Rasha, Iman, Suha, Lubna, Wafa, Zeinab"),
        listed("Samir, Hassan, Khaled, Nabil, Fadi, Mahmoud, Bassam, Ziad, Jamal, Ahmad"),
        listed("""
            Haddad, al-Masri, Khoury, Hamdan, al-Hassan, Saleh, Nasser, Mansour, al-Sayed, Darwish, Abbas, Zeidan
        """),
        listed("Haddad, Nassar, Hamdan, Saleh, Issa, Qasim"), Faith.MUSLIM,
    ),
    Background(
        "turkish", 11, "WOTH", "tr", 0.5,
        listed("Elif, Zeynep, Defne, Ayşe, Ecrin, Nehir, Aslı, Çağla, Şeyma"),
        listed("Deniz, Emir, Yiğit, Kerem, Mert, Çınar, Oğuz, Barış, Eymen"),
        listed("Ayşe, Fatma, Emine, Hülya, Sibel, Özlem, Gülşen, Yasemin"),
        listed("Mehmet, Mustafa, Hasan, Hüseyin, İbrahim, Serkan, Murat, Özgür"),
        listed("Yılmaz, Kaya, Demir, Çelik, Şahin, Yıldız, Öztürk, Aydın, Özdemir, Arslan"), faith=Faith.MUSLIM,
    ),
    Background(
        "kurdish", 8, "OOTH", "ku", 0.66,
        listed("Berivan, Rojin, Hêlîn, Shilan, Avin, Zilan, Tara"),
        listed("Azad, Baran, Rêbaz, Soran, Dilan, Hêvî, Aram"),
        listed("Shirin, Gulistan, Nasrin, Bahar, Kazhal"),
        listed("Kawa, Karwan, Sirwan, Hiwa, Dilshad"),
        listed("Barzani, Aziz, Rashid, Hama, Salih, Kareem, Osman"), faith=Faith.MUSLIM,
    ),
    Background(
        "iranian", 6, "OOTH", "fa", 0.55,
        listed("Parisa, Nika, Tara, Ava, Shirin, Kiana, Roya"),
        listed("Arash, Kian, Parsa, Kourosh, Dara, Navid, Soroush"),
        listed("Maryam, Nasrin, Azadeh, Farnaz, Shohreh"),
        listed("Reza, Farhad, Behzad, Mehdi, Hossein"),
        listed("Hosseini, Karimi, Ahmadi, Rezaei, Moradi, Jafari"),
    ),
    Background(
        "chinese", 11, "CHNE", "zh", 0.42,
        listed("Mei, Xinyi, Jasmine, Yuhan, Lily, Zihan, Ruoxi, Chloe, Hoi Yan, Tsz Ching"),
        listed("Wei, Haoran, Jason, Zixuan, Yichen, Lok Hei, Ka Ho, Jun, Ethan, Mingze"),
        listed("Li Na, Mei Ling, Fang, Wing Sze, Xiaoyan, Yan, Susan"),
        listed("Jian, Ming, Wai Kit, Jun, Tao, Peter, Chi Ming"),
        listed("Chen, Wang, Li, Zhang, Lau, Cheung, Wong, Liu, Huang, Lam, Yeung, Xu"),
    ),
    Background(
        "vietnamese", 6, "AOTH", "vi", 0.5,
        listed("Linh, Mai, Thảo, Ngọc, Minh Anh, Khánh Vy, Trâm"),
        listed("Minh, Huy, Đức, Bảo, Quân, Tuấn, Khôi"),
        listed("Hương, Lan, Thu, Hoa, Phương, Yến"),
        listed("Hùng, Dũng, Thành, Long, Sơn, Vinh"),
        listed("Nguyễn, Trần, Lê, Phạm, Hoàng, Đặng, Võ, Bùi"),
    ),
    Background(
        "filipino", 8, "AOTH", "tl", 0.32,
        listed("Althea, Princess, Angel, Bea, Samantha, Nicole, Joy"),
        listed("Gabriel, Joaquin, Miguel, Nathaniel, Justin, Angelo, Paolo"),
        listed("Maricel, Rowena, Jocelyn, Marites, Analyn, Cherry"),
        listed("Rodel, Jun, Ferdinand, Arnel, Noel, Ricardo"),
        listed("Santos, Reyes, Cruz, Bautista, dela Cruz, Ramos, Mendoza, Villanueva"),
    ),
    Background(
        "tamil", 8, "AOTH", "ta", 0.4,
        listed("Abirami, Thurka, Kavini, Nila, Mathusha, Sahana, Anjali"),
        listed("Kajan, Vithuran, Nirujan, Sanjeev, Aravind, Kavin, Pranav"),
        listed("Sivaranjini, Vasanthi, Kala, Nirmala, Thayalini"),
        listed("Suresh, Ravindran, Sivakumar, Jeyakumar, Ganesh"),
        listed("""
            Sivakumar, Rajaratnam, Thevarajah, Nadarajah, Selvarajah, Kandiah, Balasubramaniam
        """), faith=Faith.HINDU,
    ),
)  # fmt: skip
