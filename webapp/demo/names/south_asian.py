"""Families with roots in Pakistan, Bangladesh, India and Afghanistan."""

from __future__ import annotations

from webapp.demo.names.shapes import Background, Faith, listed

SOUTH_ASIAN = (
    Background(
        "pakistani", 118, "APKN", "ur", 0.27,
        listed("""
            Aisha, Zara, Fatima, Maryam, Zainab, Hafsa, Amna, Iqra, Noor, Inaya, Hania, Alishba, Mahnoor, Eshaal,
            Anaya, Sana, Ayesha, Khadija, Sumaya, Laiba, Aleena, Maira, Hiba, Areeba, Minahil, Rida, Saffiya, Zoya,
            Umaima, Malaika
        """),
        listed("""
            Muhammad, Mohammed, Ibrahim, Yusuf, Ali, Hamza, Zayn, Bilal, Umar, Usman, Hassan, Hussain, Ayaan,
            Rayyan, Eesa, Musa, Danyal, Haris, Adam, Zakariya, Abdullah, Ahmad, Faizan, Shahzaib, Talha, Subhan,
            Arham, Isa, Haider, Junaid
        """),
        listed("""
            Shazia, Nasreen, Saima, Rukhsana, Farah, Samina, Nadia, Shabana, Tahira, Uzma, Sadia, Asma, Bushra,
            Kiran, Nazia, Robina, Sobia, Humera, Zahida, Mehwish
        """),
        listed("""
            Imran, Tariq, Nadeem, Shahid, Asif, Kashif, Zahid, Waqas, Faisal, Sajid, Arshad, Khalid, Naveed, Adeel,
            Rashid, Amjad, Javed, Sohail, Yasir, Mazhar
        """),
        listed("""
            Khan, Hussain, Ahmed, Mahmood, Iqbal, Malik, Akhtar, Shah, Mirza, Butt, Chaudhry, Rafiq, Aslam, Raja,
            Rashid, Siddiqui, Qureshi, Anwar, Javed, Saleem, Zaman, Hanif, Yaqoob, Nawaz, Sharif
        """),
        listed("Bibi, Begum, Akhtar, Kausar, Parveen, Khan, Jabeen, Iqbal"), Faith.MUSLIM,
    ),
    Background(
        "bangladeshi", 46, "ABAN", "bn", 0.36,
        listed("""
            Aaliyah, Tasnim, Nusrat, Jannat, Sumaiya, Maliha, Raisa, Tahmina, Anisa, Samiha, Ruqayyah, Nabila,
            Farzana, Tahsin, Labiba, Mehjabin, Ishrat
        """),
        listed("""
            Yusuf, Ibrahim, Tahmid, Rafi, Nahid, Tanvir, Samiul, Shafi, Arif, Zubair, Mahin, Abdur, Rayan, Sakib,
            Imtiaz, Junayed, Adnan
        """),
        listed("Shirin, Rehana, Nasima, Salma, Rahima, Jahanara, Shahida, Sultana, Hasina, Monwara, Ruma, Lutfa"),
        listed("Abdul, Kamal, Shafiqul, Mizanur, Rafiqul, Jamal, Nurul, Anwar, Shamsul, Habibur, Delwar, Ashraf"),
        listed("""
            Miah, Uddin, Rahman, Islam, Ali, Choudhury, Hoque, Alam, Ullah, Haque, Khatun, Talukder, Sarkar, Hossain
        """),
        listed("Begum, Khatun, Bibi, Sultana, Akter, Khanom"), Faith.MUSLIM,
    ),
    Background(
        "gujarati", 36, "AIND", "gu", 0.16,
        listed("""
            Anika, Diya, Priya, Riya, Kavya, Isha, Mira, Pooja, Nisha, Jiya, Aarohi, Saanvi, Hetal, Krisha, Tanvi
        """),
        listed("Ravi, Aarav, Rohan, Dev, Krish, Jay, Nikhil, Arjun, Vivaan, Ishaan, Meet, Yash, Karan, Dhruv, Parth"),
        listed("Meera, Hansa, Bhavna, Jyoti, Sunita, Rekha, Sonal, Nita, Hina, Kalpana, Dipti, Kajal"),
        listed("Rajesh, Bhavesh, Nilesh, Hitesh, Sanjay, Amit, Kirit, Mukesh, Paresh, Chirag, Vijay, Jignesh"),
        listed("""
            Patel, Shah, Desai, Mehta, Parmar, Solanki, Mistry, Joshi, Trivedi, Chauhan, Modi, Bhatt, Pillai, Nair
        """),
        faith=Faith.HINDU,
    ),
    Background(
        "punjabi", 26, "AIND", "pa", 0.2,
        listed("""
            Simran, Harleen, Jasmin, Kiranjeet, Gurleen, Navdeep, Avneet, Manpreet, Ravneet, Prabhleen, Ishleen,
            Mehar
        """),
        listed("Arjan, Harjit, Gurpreet, Jaspal, Karam, Ranveer, Fateh, Angad, Sahib, Jovan, Manveer, Tejveer, Amar"),
        listed("Harpreet, Baljit, Kulwinder, Parminder, Sukhjit, Rajinder, Amandeep, Mandeep, Satwinder, Jaswinder"),
        listed("Gurdeep, Sukhdev, Jagdeep, Balwinder, Hardeep, Manjit, Paramjit, Ranjit, Kuldip, Amrik"),
        listed("""
            Singh/Kaur, Singh Gill/Kaur Gill, Dhillon, Sandhu, Singh Sidhu/Kaur Sidhu, Grewal, Bains, Atwal, Johal,
            Sohal
        """),
        listed("Kaur, Kaur Gill, Kaur Bains"), Faith.SIKH,
    ),
    Background(
        "afghan", 8, "AOTH", "ps", 0.8,
        listed("Palwasha, Zarghona, Mursal, Laila, Parwana, Shabnam, Spogmai, Marwa, Frishta"),
        listed("Haroon, Emal, Matiullah, Sayed, Zabiullah, Mirwais, Farhad, Elyas, Abdul Wahid"),
        listed("Gulalai, Nargis, Shukria, Homaira, Zohra, Malalai"),
        listed("Najibullah, Hamid, Rahmatullah, Wali, Habib, Zalmai"),
        listed("Stanikzai, Noorzai, Ahmadzai, Safi, Rahimi, Popal, Karimi, Wardak"), faith=Faith.MUSLIM,
    ),
)  # fmt: skip
