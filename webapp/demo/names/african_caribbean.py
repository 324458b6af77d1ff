"""Families with roots in the Caribbean, West Africa and the Horn of Africa."""

from __future__ import annotations

from webapp.demo.names.shapes import Background, Faith, listed

AFRICAN_CARIBBEAN = (
    Background(
        "caribbean", 38, "BCRB", "en", 0.0,
        listed("""
            Shanice, Aaliyah, Kiana, Tiana, Renée, Jada, Imani, Zaria, Amara, Naomi, Kezia, Makayla, Destiny, Alexia
        """),
        listed("""
            Jerome, Malachi, Tyrese, Isaiah, Kieron, Marlon, Elijah, Josiah, Micah, Zion, Romario, Tre, Dante,
            Kymani
        """),
        listed("Marcia, Sharon, Beverley, Paulette, Simone, Natasha, Yvonne, Cherelle, Keisha, Monique"),
        listed("Delroy, Winston, Leroy, Trevor, Marcus, Errol, Andre, Carlton, Nathan, Desmond"),
        listed("""
            Campbell, Grant, Bailey, Francis, Gordon, Henry, Joseph, Powell, Morgan, Reid, Wright, St. John,
            Lawrence
        """),
        listed("Grant, Francis, Clarke, Powell, Dixon"),
    ),
    Background(
        "nigerian", 34, "BAFR", "yo", 0.05,
        listed("""
            Temi, Ayomide, Adaeze, Chiamaka, Oluwaseun, Ifeoma, Folake, Ngozi, Damilola, Zainab, Kemi, Ebun,
            Chidinma, Tọ́pẹ́, Halima
        """),
        listed("""
            Tobi, Emeka, Chidi, Ayo, Oluwatobi, Kelechi, Femi, Ikenna, David, Obinna, Dayo, Samuel, Babatunde, Musa,
            Uche
        """),
        listed("Funmi, Chioma, Blessing, Yetunde, Patience, Bukola, Amaka, Ronke, Folasade, Ngozi, Aisha"),
        listed("Tunde, Olumide, Chukwuemeka, Segun, Adewale, Ifeanyi, Kunle, Emmanuel, Nnamdi, Sadiq"),
        listed("""
            Adeyemi, Okafor, Okonkwo, Balogun, Adebayo, Eze, Ogunleye, Nwosu, Afolabi, Okeke, Bello, Ọládélé,
            Ibrahim
        """),
    ),
    Background(
        "ghanaian", 16, "BAFR", "ak", 0.08,
        listed("Maya, Abena, Akua, Adwoa, Esi, Ama, Efua, Nana Yaa, Afia, Serwaa"),
        listed("Kwame, Kofi, Kwabena, Yaw, Kojo, Nana, Ebo, Fiifi, Kwaku, Paapa"),
        listed("Grace, Comfort, Abena, Gifty, Vida, Mercy, Akosua, Dorcas"),
        listed("Daniel, Kwame, Ebenezer, Isaac, Kofi, Samuel, Yaw, Felix"),
        listed("Osei, Mensah, Boateng, Asante, Owusu, Appiah, Agyemang, Amoah, Ofori, Sarpong"),
    ),
    Background(
        "somali", 26, "BAFR", "so", 0.52,
        listed("Hodan, Ifrah, Sahra, Amina, Khadra, Najma, Ayaan, Hamdi, Ubah, Muna, Fardowsa, Ikran, Sagal"),
        listed("Abdi, Liban, Mahad, Guled, Ayub, Zakaria, Abdirahman, Khalid, Bashir, Ilyas, Sharmarke, Hanad"),
        listed("Hodan, Fadumo, Asha, Sahra, Deqa, Hawa, Nimco, Safia, Halimo, Ruqiya"),
        listed("Abdullahi, Mohamud, Yusuf, Ahmed, Farah, Omar, Hassan, Jama, Abshir"),
        listed("Warsame, Mohamed, Ali, Abdi, Hassan, Farah, Jama, Omar, Yusuf, Nur, Osman, Ismail, Hersi, Duale"),
        listed("Abdi, Mohamed, Ali, Farah, Nur, Hersi, Warsame"), Faith.MUSLIM,
    ),
    Background(
        "eritrean", 8, "BAFR", "ti", 0.62,
        listed("Senait, Bethlehem, Rahel, Selam, Feven, Hermela, Luwam, Yordanos"),
        listed("Natnael, Yonas, Abel, Filmon, Amanuel, Nahom, Bereket, Samuel"),
        listed("Tsega, Almaz, Freweini, Selamawit, Letebrhan, Saba"),
        listed("Tesfay, Berhane, Kidane, Haile, Goitom, Mehari"),
        listed("Tekle, Gebremedhin, Haile, Woldu, Tesfamariam, Kidane, Abraha, Berhe"),
    ),
    Background(
        "sudanese", 6, "BAFR", "ar", 0.6,
        listed("Reem, Duaa, Tasneem, Rawan, Alaa, Eithar, Samah"),
        listed("Mazin, Khalid, Muhannad, Hatim, Ammar, Waleed, Anas"),
        listed("Amna, Hanan, Ihsan, Manahil, Sawsan"),
        listed("Osman, Elfatih, Tarig, Babiker, Kamal"),
        listed("Elamin, Abdelrahman, Eltayeb, Idris, Bashir, Adam, Mahgoub"), faith=Faith.MUSLIM,
    ),
)  # fmt: skip
